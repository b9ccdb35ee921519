"""Face drawing, on points placed by hand and against published maps."""

import cv2
import imageio.v3 as imageio
import numpy as np
import pytest

from v2v_tf.tasks.face import curves as face_curves


def landmarks() -> np.ndarray:
    """A schematic face in an image of 60 x 80 (H x W)."""
    points = np.zeros((68, 2))
    turn = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([40 + 20 * np.cos(turn), 25 + 24 * np.sin(turn)], 1)
    points[17:22] = [[24, 18], [26, 16], [29, 15], [32, 16], [35, 18]]
    points[22:27] = [[45, 18], [48, 16], [51, 15], [54, 16], [56, 18]]
    points[27:31] = [[40, 22], [40, 25], [40, 28], [40, 31]]
    points[31:36] = [[36, 33], [38, 34], [40, 35], [42, 34], [44, 33]]
    points[36:42] = [[26, 23], [28, 21], [31, 21], [33, 23], [31, 25], [28, 25]]
    points[42:48] = [[47, 23], [49, 21], [52, 21], [54, 23], [52, 25], [49, 25]]
    points[48:55] = [
        [32, 40],
        [35, 38],
        [38, 37],
        [40, 38],
        [42, 37],
        [45, 38],
        [48, 40],
    ]
    points[55:60] = [[45, 43], [42, 44], [40, 45], [38, 44], [35, 43]]
    points[60:65] = [[34, 40], [37, 39], [40, 39], [43, 39], [46, 40]]
    points[65:68] = [[43, 42], [40, 42], [37, 42]]
    return points


def test_there_are_14_curves_and_6_labels():
    assert face_curves.NUM_CURVES == 14
    assert [label for label, _ in face_curves.PARTS] == [1, 2, 2, 3, 4, 4, 5, 6]


def test_the_contour_is_closed_by_the_mirrored_jaw():
    points = landmarks()
    points[0], points[16] = (20, 25), (60, 28)  # ears at 26.5
    points[1] = (21.9, 30.7)  # truncated to (21, 30); floor(2 * -3.5 / 3) = -3
    points[15] = (58, 35)  # floor(2 * -8.5 / 3) = -6
    points[8] = (40, 50)  # floor(2 * -23.5 / 3) = -16
    contour = face_curves.close_contour(points)
    assert contour.shape == (83, 2)
    np.testing.assert_array_equal(contour[:68], points)
    np.testing.assert_array_equal(contour[82], [21, 23])  # 26.5 - 3 = 23.5
    np.testing.assert_array_equal(contour[68], [58, 20])
    np.testing.assert_array_equal(contour[75], [40, 10])


@pytest.mark.parametrize(
    ("points", "columns", "rows"),
    [
        # y = x^2 / 4 - 2x + 5 at x = 2, 2 + 4/3 ..., the end included.
        ([[2, 2], [4, 1], [6, 2]], [2, 3, 4, 6], [2, 1, 1, 2]),
        # x(y): the same, steeper by one pixel, drawn upwards.
        ([[3, 9], [5, 6], [3, 3]], [3, 4, 4, 4, 4, 3], [3, 4, 5, 6, 7, 9]),
        ([[1, 4], [4, 5]], [1, 2, 4], [4, 4, 5]),
        ([[4, 5], [1, 4]], [1, 2, 4], [4, 4, 5]),
        # Equal extents count as horizontal.
        ([[1, 1], [3, 3]], [1, 3], [1, 3]),
        # Two points share x = 0: one at their mean, 3.
        ([[0, 2], [0, 4], [5, 6]], [0, 1, 2, 3, 5], [3, 3, 4, 5, 6]),
        # Nothing lies between ends that are less than a pixel apart.
        ([[7, 7], [7, 7]], [], []),
        ([[2, 5], [6, 6], [2, 7]], [], []),
        # The quadratic coefficients are -1 and -4 / 3.
        ([[0, 0], [1, 3], [4, 0]], [0, 1, 2, 4], [0, 3, 3, 0]),
        ([[0, 0], [1, 4], [4, 0]], [], []),
    ],
)
def test_pieces(points, columns, rows):
    sampled = face_curves.sample_piece(np.array(points, np.float64))
    np.testing.assert_array_equal(sampled[0], columns)
    np.testing.assert_array_equal(sampled[1], rows)


def test_a_curve_of_four_points_is_a_parabola_and_a_line_two_pixels_wide():
    points = np.array([[2, 3], [4, 3], [6, 3], [6, 7]], np.float64)
    expected = np.zeros((9, 8), np.uint8)
    expected[2:4, 1:7] = 255  # rows 3 - 1 and 3, columns 2 - 1 .. 6
    expected[2:8, 5:7] = 255
    np.testing.assert_array_equal(face_curves.draw_curve(points, (9, 8)), expected)


def test_points_outside_are_drawn_on_the_border():
    points = np.array([[-3, 20], [2, 20]], np.float64)
    drawn = face_curves.draw_curve(points, (5, 6))
    assert np.argwhere(drawn).tolist() == [[4, 0], [4, 1], [4, 2]]


def test_maps_of_a_schematic_face():
    maps = face_curves.draw_landmarks(landmarks(), (60, 80))
    assert maps.edges.shape == maps.parts.shape == (60, 80)
    assert maps.distances.shape == (60, 80, 14)
    assert maps.distances.dtype == maps.edges.dtype == maps.parts.dtype == np.uint8
    assert set(np.unique(maps.edges)) == {0, 255}
    for x, y, label in (
        (40, 22, 1),
        (29, 17, 2),
        (51, 17, 2),
        (40, 32, 3),
        (30, 23, 4),
        (50, 23, 4),
        (40, 44, 5),
        (40, 41, 6),
        (3, 3, 0),
    ):
        assert maps.parts[y, x] == label, (x, y)
    # The brow of points 17 .. 21 starts at (24, 18), so rows 17, 18 and column 23.
    assert maps.distances[17, 23, 1] == 0
    assert maps.distances[17, 3, 1] == 6  # 20 / 3
    assert maps.distances[48, 3, 1] == 16  # (20 + 30) / 3
    drawn = np.argwhere(maps.edges)
    assert (maps.distances.min(axis=-1)[drawn[:, 0], drawn[:, 1]] == 0).all()


def test_distances_end_at_255():
    points = landmarks()
    maps = face_curves.draw_landmarks(points, (60, 900))
    assert maps.distances[30, 899].min() == 255
    assert maps.distances[17, 23 + 600, 1] == (600 - 12) // 3  # brow ends at 35


def test_the_background_leaves_the_face_out():
    image = np.zeros((40, 60, 3), np.uint8)
    image[10:30, 20:40] = 200
    parts = np.zeros((40, 60), np.uint8)
    parts[:, :30] = 3
    edges = face_curves.draw_background(image, parts)
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[:, :30].any()
    assert edges[20, 38:42].any()
    whole = face_curves.draw_background(image, np.zeros_like(parts))
    np.testing.assert_array_equal(edges[:, 30:], whole[:, 30:])
    assert whole[:, :30].any()


@pytest.mark.parametrize(
    ("left", "right", "top", "bottom", "crop"),
    [
        # Width 40: 100 wide, x 130 .. 230, y about (3 * 60 + 100) // 4 = 70.
        (160, 200, 60, 100, (20, 120, 130, 230)),
        # Width 41: 102, even; middle (160 + 201) // 2.
        (160, 201, 60, 100, (19, 121, 129, 231)),
        # Width 42.9: 107 is odd and loses its first row and column.
        (160, 202.9, 60, 100, (18, 124, 129, 235)),
        # Shifted into the image at each border.
        (10, 50, 10, 40, (0, 100, 0, 100)),
        (290, 330, 180, 190, (100, 200, 220, 320)),
        # No larger than the image.
        (100, 200, 60, 100, (0, 200, 50, 250)),
    ],
)
def test_crop(left, right, top, bottom, crop):
    points = np.full((68, 2), [(left + right) / 2, (top + bottom) / 2])
    points[3], points[13] = (left, top), (right, bottom)
    assert face_curves.face_crop(points, (200, 320)) == crop


@pytest.fixture(params=["00000", "00004"])
def published(request, reference):
    """Image, landmarks and published maps of one frame."""
    clip = reference / "data/face"
    image = imageio.imread(clip / f"train_img/clip/{request.param}.jpg")
    points = np.loadtxt(
        clip / f"train_keypoints/clip/{request.param}.txt", delimiter=","
    )
    return image, points, np.load(reference / f"fixtures/maps/face_{request.param}.npz")


def agreement(drawn: np.ndarray, expected: np.ndarray) -> float:
    """Share of equal pixels among those drawn in either."""
    union = (drawn > 0) | (expected > 0)
    return float((drawn == expected)[union].mean())


@pytest.mark.reference
def test_published_face_edges(published):
    _, points, maps = published
    edges = face_curves.draw_landmarks(points, maps["edges"].shape).edges
    assert agreement(edges, maps["edges"]) >= 0.95
    near = np.ones((3, 3), np.uint8)
    assert not edges[cv2.dilate(maps["edges"], near) == 0].any()
    assert not maps["edges"][cv2.dilate(edges, near) == 0].any()


@pytest.mark.reference
def test_published_edges_with_background(published):
    image, points, maps = published
    drawn = face_curves.draw_landmarks(points, maps["edges"].shape)
    edges = drawn.edges + face_curves.draw_background(image, drawn.parts)
    assert agreement(edges, maps["edges_with_background"]) >= 0.99


@pytest.mark.reference
def test_published_parts_and_distances(published):
    _, points, maps = published
    drawn = face_curves.draw_landmarks(points, maps["edges"].shape)
    assert agreement(drawn.parts, maps["part_labels"]) >= 0.99
    expected = maps["distance"].transpose(1, 2, 0).astype(int)
    assert (np.abs(drawn.distances - expected) <= 1).mean() >= 0.999


@pytest.mark.reference
def test_published_crop(reference):
    points = np.loadtxt(
        reference / "data/face/train_keypoints/clip/00000.txt", delimiter=","
    )
    x0, x1, y0, y1 = np.load(reference / "fixtures/maps/face_00000.npz")["crop"]
    assert face_curves.face_crop(points, (480, 640)) == (y0, y1, x0, x1)
