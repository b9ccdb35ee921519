import json
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from v2v_tf.data import flow as flows
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.base import BadClip
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.face.landmarks import read_landmarks
from v2v_tf.tasks.pose.openpose import read_openpose

NO_INSTANCES = "conditioning.street.use_instances=false"
TOO_SHORT = "complete consecutive frames, data.min_frames is 3"


def _read(sequence, index):
    with sequence.open() as reader:
        return reader.read(index)


def test_street_folders_give_frames_labels_and_instances(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"b": 3, "a": 4})
    sequences = list(list_sequences(tmp_path, make_config()))
    assert [s.name for s in sequences] == ["a", "b"]
    assert [s.count_frames() for s in sequences] == [4, 3]
    frame = _read(sequences[1], 2)
    assert frame.path.endswith("train_A/b/b_0002.png")
    raw = frame.raw
    assert raw.image.shape == (32, 64, 3) and raw.image.dtype == np.uint8
    expected = cv2.imread(str(tmp_path / "train_B/b/b_0002.png"))[..., ::-1]
    np.testing.assert_array_equal(raw.image, expected)
    np.testing.assert_array_equal(
        raw.get("instance_map"), raw.get("label_map").astype(np.int32) * 1000 + 7
    )
    assert frame.flow_path is None


def test_test_folders_are_taken_where_there_are_no_train_folders(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"t": 2}, phase="test")
    assert [s.name for s in list_sequences(tmp_path, make_config())] == ["t"]
    write_street(tmp_path, {"s": 2})
    assert [s.name for s in list_sequences(tmp_path, make_config())] == ["s"]


def test_a_missing_kind_is_named(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2})
    shutil.rmtree(tmp_path / "train_B")
    with pytest.raises(InputError, match="needs the folder .*train_B"):
        list_sequences(tmp_path, make_config())


def test_missing_instances_name_the_setting(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2}, instances=False)
    setting = "--set conditioning.street.use_instances=false"
    with pytest.raises(InputError, match=setting):
        list_sequences(tmp_path, make_config())
    (sequence,) = list_sequences(tmp_path, make_config("street", NO_INSTANCES))
    assert _read(sequence, 0).raw.get("instance_map") is None


def test_equal_numbers_of_other_names_are_paired_in_order(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 3}, instances=False)
    (tmp_path / "train_B/a").rename(tmp_path / "train_B/x")
    (tmp_path / "train_B/b").rename(tmp_path / "train_B/y")
    sequences = list(list_sequences(tmp_path, make_config("street", NO_INSTANCES)))
    assert [s.name for s in sequences] == ["a", "b"]
    assert [s.count_frames() for s in sequences] == [2, 3]


def test_equal_numbers_of_names_that_agree_in_part_are_paired_by_name(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 3, "x": 4}, instances=False)
    (tmp_path / "train_B/a").rename(tmp_path / "train_B/c")
    found = list(list_sequences(tmp_path, make_config("street", NO_INSTANCES)))
    assert [type(entry) is BadClip for entry in found] == [True, False, True, False]
    assert (found[0].clip, found[2].clip) == ("a", "c")
    assert "no folder of that name in B" in found[0].reason
    assert "no folder of that name in A" in found[2].reason
    assert [(s.name, s.count_frames()) for s in found[1::2]] == [("b", 3), ("x", 4)]


def test_one_kind_with_names_of_its_own_goes_by_order(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 3})
    for old, new in (("a", "1"), ("b", "2")):
        (tmp_path / f"train_inst/{old}").rename(tmp_path / f"train_inst/{new}")
    sequences = list(list_sequences(tmp_path, make_config()))
    assert [(s.name, s.count_frames()) for s in sequences] == [("a", 2), ("b", 3)]


def test_order_does_not_decide_where_two_kinds_agree_in_part(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 2})
    (tmp_path / "train_B/a").rename(tmp_path / "train_B/c")
    for old, new in (("a", "1"), ("b", "2")):
        (tmp_path / f"train_inst/{old}").rename(tmp_path / f"train_inst/{new}")
    with pytest.raises(InputError, match="no name in common"):
        list_sequences(tmp_path, make_config())


def test_a_sequence_without_partner_is_bad_and_the_others_stay(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 3, "c": 2}, instances=False)
    shutil.rmtree(tmp_path / "train_B/b")
    found = list(list_sequences(tmp_path, make_config("street", NO_INSTANCES)))
    assert [type(entry) is BadClip for entry in found] == [False, True, False]
    assert found[1].clip == "b" and "no folder of that name in B" in found[1].reason


def test_no_common_name_is_refused(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2, "b": 2}, instances=False)
    shutil.rmtree(tmp_path / "train_B/b")
    (tmp_path / "train_B/a").rename(tmp_path / "train_B/x")
    with pytest.raises(InputError, match="no name in common"):
        list_sequences(tmp_path, make_config("street", NO_INSTANCES))


def test_counts_that_differ_are_named(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 4})
    (tmp_path / "train_inst/a/a_0003.png").unlink()
    (sequence,) = list_sequences(tmp_path, make_config())
    with pytest.raises(InputError, match="4 in A, 3 in inst, 4 in B"):
        sequence.count_frames()


def test_hidden_and_foreign_files_are_no_frames(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 3})
    (tmp_path / "train_B/a/._a_0000.png").write_bytes(b"x")
    (tmp_path / "train_B/a/notes.md").write_text("x")
    (tmp_path / "train_B/.cache").mkdir()
    (sequence,) = list_sequences(tmp_path, make_config())
    assert sequence.count_frames() == 3


def test_flow_files_go_with_the_frame_of_their_name(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 3}, instances=False)
    folder = tmp_path / "train_flow/a"
    folder.mkdir(parents=True)
    for t in (1, 2):
        flow = np.full((32, 64, 2), t, np.float32)
        png = flows.encode_flow(flow, np.ones((32, 64)))
        (folder / f"a_{t:04d}.png").write_bytes(png)
    config = make_config("street", NO_INSTANCES)
    (sequence,) = list_sequences(tmp_path, config)
    assert sequence.count_frames() == 3
    assert _read(sequence, 0).flow_path is None
    assert _read(sequence, 2).flow_path == str(folder / "a_0002.png")
    (folder / "a_0002.png").unlink()
    with pytest.raises(InputError, match="no flow a_0002.png"):
        sequence.count_frames()


def test_pose_folders_follow_the_configuration(tmp_path, write_pose, make_config):
    write_pose(tmp_path, 3)
    (sequence,) = list_sequences(tmp_path, make_config("pose"))
    raw = _read(sequence, 2).raw
    np.testing.assert_array_equal(raw.get("densepose")[20, 60], [42, 90, 3])
    assert raw.get("openpose")["people"][0]["pose_keypoints_2d"][0] == 54.0
    only = make_config("pose", "conditioning.pose.use_densepose=false")
    (sequence,) = list_sequences(tmp_path, only)
    assert _read(sequence, 0).raw.get("densepose") is None


def test_frame_folders_without_sequences_say_so(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2})
    for path in (tmp_path / "train_B/a").iterdir():
        path.rename(tmp_path / "train_B" / path.name)
    (tmp_path / "train_B/a").rmdir()
    with pytest.raises(InputError, match="train_B/<sequence>/<frames>"):
        list_sequences(tmp_path, make_config())


@pytest.mark.parametrize("task", ["street", "face", "pose", "edges", "depth"])
def test_an_empty_folder_names_the_layout(tmp_path, make_config, task):
    with pytest.raises(InputError, match=f"no sequences for task {task}: expected"):
        list_sequences(tmp_path, make_config(task))
    with pytest.raises(InputError, match="no source at"):
        list_sequences(tmp_path / "nothing", make_config(task))


def test_videos_are_read_forward_and_counted_by_decoding(
    tmp_path, write_video, make_config
):
    write_video(tmp_path / "clips/b.mp4", 7)
    write_video(tmp_path / "clips/a.mp4", 4)
    config = make_config("edges")
    sequences = list(list_sequences(tmp_path / "clips", config))
    assert [(s.name, s.count_frames()) for s in sequences] == [("a", 4), ("b", 7)]
    with sequences[1].open() as reader:
        second, sixth = reader.read(1).raw.image, reader.read(5).raw.image
        again = reader.read(1).raw.image
        with pytest.raises(InputError, match=r"b\.mp4: frame 7 cannot be decoded"):
            reader.read(7)
    np.testing.assert_array_equal(second, again)
    capture = cv2.VideoCapture(str(tmp_path / "clips/b.mp4"))
    images = [capture.read()[1][..., ::-1] for _ in range(7)]
    np.testing.assert_array_equal(second, images[1])
    np.testing.assert_array_equal(sixth, images[5])
    (single,) = list_sequences(tmp_path / "clips/a.mp4", config)
    assert single.name == "a"


def test_videos_of_one_stem_keep_their_suffix(tmp_path, write_video, make_config):
    video = write_video(tmp_path / "a.mp4", 2)
    shutil.copy(video, tmp_path / "a.avi")
    names = [s.name for s in list_sequences(tmp_path, make_config("edges"))]
    assert names == ["a.avi", "a.mp4"]


def test_a_zero_byte_video_is_refused(tmp_path, make_config):
    (tmp_path / "a.mp4").write_bytes(b"")
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    with pytest.raises(InputError, match=r"a\.mp4: not a readable video \(0 bytes\)"):
        sequence.count_frames()


@pytest.mark.parametrize("task", ["street", "face", "pose"])
def test_videos_are_for_edges_only(tmp_path, write_video, make_config, task):
    video = write_video(tmp_path / "a.mp4", 2)
    with pytest.raises(InputError, match="--task edges"):
        list_sequences(video, make_config(task))


def test_edges_also_take_folders_of_frames(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 3})
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    assert _read(sequence, 2).raw.image.shape == (32, 64, 3)


def _write_cityscapes(root, labelled, num_frames=6, labels="gtFine"):
    image = np.full((4, 8, 3), 9, np.uint8)
    for number in range(num_frames):
        stem = f"ulm_000003_{number + 11:06d}"
        folder = root / "leftImg8bit_sequence/train/ulm"
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{stem}_leftImg8bit.png"), image + number)
    folder = root / labels / "train/ulm"
    folder.mkdir(parents=True, exist_ok=True)
    for number in labelled:
        stem = f"ulm_000003_{number + 11:06d}_gtFine"
        ids = np.full((4, 8), number, np.uint8)
        cv2.imwrite(str(folder / f"{stem}_labelIds.png"), ids)
        instances = np.full((4, 8), 26000 + number, np.uint16)
        cv2.imwrite(str(folder / f"{stem}_instanceIds.png"), instances)
        cv2.imwrite(str(folder / f"{stem}_color.png"), image)


def test_cityscapes_runs_of_labelled_frames_are_sequences(tmp_path, make_config):
    _write_cityscapes(tmp_path, [1, 2, 3, 5], labels="gtFine_sequence")
    sequences = list(list_sequences(tmp_path, make_config()))
    # The short one too: it is for the planning of clips to put aside.
    assert [(s.name, s.count_frames()) for s in sequences] == [
        ("ulm_000003_000012", 3),
        ("ulm_000003_000016", 1),
    ]
    frame = _read(sequences[0], 1)
    assert frame.raw.image[0, 0].tolist() == [11, 11, 11]
    assert frame.raw.get("label_map")[0, 0] == 2
    assert frame.raw.get("instance_map")[0, 0] == 26002


def test_a_cityscapes_snippet_without_labels_is_bad(tmp_path, make_config):
    _write_cityscapes(tmp_path, [4])
    other = tmp_path / "leftImg8bit_sequence/train/ulm/ulm_000004_000007"
    cv2.imwrite(f"{other}_leftImg8bit.png", np.zeros((4, 8, 3), np.uint8))
    sequence, bad = list_sequences(tmp_path, make_config())
    assert (sequence.name, sequence.count_frames()) == ("ulm_000003_000015", 1)
    assert bad.clip == "ulm_000004_000007"
    assert "none of 1 consecutive frames has its label map" in bad.reason


def test_cityscapes_runs_that_are_too_short_are_quarantined_one_by_one(
    tmp_path, make_config
):
    _write_cityscapes(tmp_path / "source", [0, 2, 3, 5, 6, 7], num_frames=8)
    for path in (tmp_path / "source").rglob("*.png"):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(path), cv2.resize(image % 5, (64, 32)))
    tolerant = ("data.min_flow=-1", "data.max_black_fraction=2")
    config = make_config("street", *tolerant)
    summary = prepare(tmp_path / "source", tmp_path / "out", config)
    assert summary.num_clips == {"train": 1} and summary.num_frames == {"train": 3}
    assert [(bad.clip, bad.reason) for bad in summary.bad] == [
        ("ulm_000003_000011", f"1 {TOO_SHORT}"),
        ("ulm_000003_000013", f"2 {TOO_SHORT}"),
    ]


def test_cityscapes_snippets_are_cut_where_a_frame_number_is_missing(
    tmp_path, make_config
):
    _write_cityscapes(tmp_path, range(8), num_frames=8)
    images = tmp_path / "leftImg8bit_sequence/train/ulm"
    (images / "ulm_000003_000014_leftImg8bit.png").unlink()
    sequences = list(list_sequences(tmp_path, make_config()))
    assert [(s.name, s.count_frames()) for s in sequences] == [
        ("ulm_000003_000011", 3),
        ("ulm_000003_000015", 4),
    ]


def test_cityscapes_label_maps_of_a_network_win(tmp_path, make_config):
    _write_cityscapes(tmp_path, range(4))
    _write_cityscapes(tmp_path, [0], labels="gtFine_sequence")
    path = tmp_path / "gtFine_sequence/train/ulm/ulm_000003_000011_gtFine_labelIds.png"
    cv2.imwrite(str(path), np.full((4, 8), 33, np.uint8))
    (sequence,) = list_sequences(tmp_path, make_config())
    labels = [_read(sequence, t).raw.get("label_map")[0, 0] for t in range(4)]
    assert labels == [33, 1, 2, 3]


def test_cityscapes_errors_at_the_door(tmp_path, make_config):
    with pytest.raises(InputError, match="no sequences"):
        list_sequences(tmp_path, make_config())
    (tmp_path / "leftImg8bit_sequence").mkdir()
    with pytest.raises(InputError, match="neither train/ nor val/"):
        list_sequences(tmp_path, make_config())
    (tmp_path / "leftImg8bit_sequence/train/ulm").mkdir(parents=True)
    with pytest.raises(InputError, match="label maps in"):
        list_sequences(tmp_path, make_config())
    with pytest.raises(InputError, match="--task street"):
        list_sequences(tmp_path, make_config("face"))
    _write_cityscapes(tmp_path, range(4))
    for path in (tmp_path / "gtFine/train/ulm").glob("*instanceIds.png"):
        path.unlink()
    with pytest.raises(InputError, match="use_instances=false"):
        list_sequences(tmp_path, make_config())


def test_palette_images_keep_their_indices(tmp_path):
    image = Image.fromarray(np.array([[3, 0], [1, 26]], np.uint8), mode="P")
    image.putpalette([255 - i // 3 for i in range(768)])
    image.save(tmp_path / "p.png")
    np.testing.assert_array_equal(
        source_files.read_ids(tmp_path / "p.png"), [[3, 0], [1, 26]]
    )


def test_id_maps_must_be_single_channel_and_readable(tmp_path):
    cv2.imwrite(str(tmp_path / "rgb.png"), np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(InputError, match=r"rgb\.png: expected a single-channel .*RGB"):
        source_files.read_ids(tmp_path / "rgb.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(InputError, match=r"broken\.png: not a readable id map"):
        source_files.read_ids(tmp_path / "broken.png")
    whole = tmp_path / "whole.png"
    ids = np.random.default_rng(0).integers(0, 30, (64, 64), np.uint8)
    cv2.imwrite(str(whole), ids)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:900])
    with pytest.raises(InputError, match=r"cut\.png"):
        source_files.read_ids(tmp_path / "cut.png")


def test_images_may_be_grey_or_have_alpha(tmp_path):
    grey = np.array([[10, 20, 30]], np.uint8)
    cv2.imwrite(str(tmp_path / "g.png"), grey)
    np.testing.assert_array_equal(
        source_files.read_rgb(tmp_path / "g.png"), np.dstack([grey] * 3)
    )
    cv2.imwrite(str(tmp_path / "a.png"), np.array([[[1, 2, 3, 0]]], np.uint8))
    assert source_files.read_rgb(tmp_path / "a.png").tolist() == [[[3, 2, 1]]]


def test_unreadable_images_are_named(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"")
    with pytest.raises(InputError, match=r"x\.jpg: not a readable image \(0 bytes\)"):
        source_files.read_rgb(tmp_path / "x.jpg")
    with pytest.raises(InputError, match=r"y\.jpg: cannot be read: No such file"):
        source_files.read_rgb(tmp_path / "y.jpg")


def test_landmarks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{i},{i + 0.5}\n" for i in range(68)) + "\n")
    points = read_landmarks(path)
    assert points.shape == (68, 2) and points[67].tolist() == [67.0, 67.5]
    # How many are needed is not the file's affair.
    path.write_text("1,2,3\n" * 5)
    assert read_landmarks(path).shape == (5, 3)
    path.write_text("")
    assert read_landmarks(path).shape == (0,)
    path.write_text("1;2\n" * 68)
    with pytest.raises(InputError, match="expected lines `x,y`"):
        read_landmarks(path)
    path.write_text("1,2\n" * 67 + "3\n")
    with pytest.raises(InputError, match="a.txt"):
        read_landmarks(path)


def test_what_cannot_be_listed_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file: cannot be read: Not a directory"):
        source_files.list_files(tmp_path / "file", frozenset({".png"}))
    with pytest.raises(InputError, match="gone: cannot be read: No such file"):
        source_files.list_folders(tmp_path / "gone")


def test_images_that_claim_too_many_pixels_are_named(tmp_path, oversized_png):
    path = tmp_path / "huge.png"
    path.write_bytes(oversized_png)
    with pytest.raises(InputError, match=r"huge\.png: not a readable image"):
        source_files.read_rgb(path)
    with pytest.raises(InputError, match=r"huge\.png: not a readable id map"):
        source_files.read_ids(path)


@pytest.mark.parametrize("text", ['{"people": []}', "[]", "{}", '{"people": 3}'])
def test_openpose_needs_people(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match="JSON with people"):
        read_openpose(path)


def test_openpose_must_be_json(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        read_openpose(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a text file"):
        read_openpose(path)
    path.write_text('{"people":' + "[" * 100_000)
    with pytest.raises(InputError, match=r"a\.json: not valid JSON.*recursion"):
        read_openpose(path)
    path.write_text(json.dumps({"people": [{}]}))
    assert read_openpose(path) == {"people": [{}]}
