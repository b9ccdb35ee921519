"""Made people: a skeleton of known bones, and files of it."""

import json
from pathlib import Path

import numpy as np

from tests.conftest import texture, write_image
from v2v_tf.tasks.pose.people import BODY, FACE, HANDS, NUM_POINTS

# A standing person, the neck at (0, 0), the lower ankle at (-12, 204): trunk 60, neck
# 20, thighs 70 and 68, shins 72 and 74, upper arms 30, forearms 26, hips 10 and 8.
_STANDING = {
    **{1: (0, 0), 8: (0, 60), 0: (0, -20), 15: (-4, -24), 16: (5, -24)},
    **{17: (-10, -22), 18: (11, -22), 2: (-20, 0), 3: (-20, 30), 4: (-20, 56)},
    **{5: (18, 0), 6: (18, 30), 7: (18, 56), 9: (-10, 60), 10: (-10, 130)},
    **{11: (-10, 202), 12: (8, 60), 13: (8, 128), 14: (8, 202)},
    **{22: (-16, 206), 23: (-19, 206), 24: (-8, 206)},
    **{19: (14, 206), 20: (17, 206), 21: (6, 206)},
}


def standing(x: float = 0.0, y: float = 0.0, size: float = 1.0) -> np.ndarray:
    """Returns a whole person [137, 3] whose neck is at (x, y)."""
    person = np.full((NUM_POINTS, 3), 0.9)
    for point, place in _STANDING.items():
        person[point, :2] = place
    steps = np.arange(70)
    person[FACE, 0] = -5 + steps % 9
    person[FACE, 1] = -26 + steps % 7
    for wrist, hand in ((7, HANDS[0]), (4, HANDS[1])):
        fingers = np.arange(21)
        person[hand, 0] = person[wrist, 0] + fingers % 5
        person[hand, 1] = person[wrist, 1] + fingers / 3
    person[:, :2] = size * person[:, :2] + (x, y)
    return person


def walk(num_frames: int, size: float = 1.0, at: tuple[float, float] = (100.0, 40.0)):
    """Returns a clip [T, 137, 3] of one who moves right, and swings an arm."""
    frames = []
    for time in range(num_frames):
        person = standing()
        person[:, 0] += 7.0 * time
        angle = 0.4 * time
        elbow = person[3, :2].copy()
        person[4, :2] = elbow + 26 * np.array([np.sin(angle), np.cos(angle)])
        person[HANDS[1], :2] += person[4, :2] - (person[HANDS[1], :2][0])
        person[:, :2] = size * person[:, :2] + at
        frames.append(person)
    return np.stack(frames)


def hide(clip: np.ndarray, frames, point: int) -> np.ndarray:
    """Returns a clip in which a point is missing in some frames."""
    changed = clip.copy()
    changed[frames, point] = np.nan
    return changed


def write_json(path: Path, *people: np.ndarray) -> None:
    """Writes people as OpenPose does, missing points as zeros."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {
        "pose_keypoints_2d": BODY,
        "face_keypoints_2d": FACE,
        "hand_left_keypoints_2d": HANDS[0],
        "hand_right_keypoints_2d": HANDS[1],
    }
    listed = [
        {key: np.nan_to_num(one[part]).ravel().tolist() for key, part in parts.items()}
        for one in people
    ]
    path.write_text(json.dumps({"version": 1.2, "people": listed}), encoding="utf-8")


def face(x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """Returns 68 landmarks [68, 2], 60 pixels wide, a little crooked, around (x, y)."""
    turn = np.linspace(np.pi, 0, 17)
    jaw = np.stack([30 * np.cos(turn), 40 * np.sin(turn)], axis=1)
    arch = np.stack([np.arange(5) * 4.0, -np.array([0.0, 2, 3, 2, 0])], axis=1)
    brows = np.concatenate([arch + (-22, -13), arch + (6, -14)])
    bridge = np.stack([np.arange(4) * 0.3, np.arange(4) * 5.0 - 8], axis=1)
    base = np.stack([np.arange(5) * 3.0 - 6, [10, 11, 12, 11, 10]], axis=1)
    lid = np.array([[0, 0], [3, -3], [6, -3], [9, 0], [6, 2], [3, 2]], float)
    eyes = np.concatenate([lid + (-18, -6), lid + (8, -7)])
    turn = np.linspace(np.pi, 3 * np.pi, 13)[:-1]
    lips = np.stack([13 * np.cos(turn), 24 - 6 * np.sin(turn - np.pi)], axis=1)
    turn = np.linspace(np.pi, 3 * np.pi, 9)[:-1]
    inner = np.stack([9 * np.cos(turn), 24 - 2 * np.sin(turn - np.pi)], axis=1)
    parts = [jaw, brows, bridge, base, eyes, lips, inner]
    return np.concatenate(parts) + (x, y)


def faces(num_frames, x=200.0, y=150.0):
    return np.round([face(x + 3 * time, y) for time in range(num_frames)])


def write_poses(root, clip, pictures=True):
    """Writes a clip of one person in frames of 400x300."""
    for time, person in enumerate(clip):
        write_json(root / f"train_openpose/a/{time:03d}.json", person)
        if pictures:
            write_image(root / f"train_img/a/{time:03d}.png", picture(time))
    return root


def write_faces(root, clip, pictures=True):
    for time, points in enumerate(clip):
        path = root / f"train_keypoints/a/{time:03d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = np.isfinite(points).all()
        lines = [f"{x:.0f},{y:.0f}\n" for x, y in points] if whole else []
        path.write_text("".join(lines))
        if pictures:
            write_image(root / f"train_img/a/{time:03d}.png", picture(time))
    return root


def picture(time):
    pixels = np.tile(texture(150, 200, 0), (2, 2, 1))
    pixels[:20, :20] = 10 * time
    return pixels
