"""The folder layout of NVIDIA/vid2vid: which files make a frame."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.data.sources.reading import read_frame
from v2v_tf.data import flow as flows
from v2v_tf.data.sources.base import BadClip, EndOfSequenceError
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError

NO_INSTANCES = "conditioning.street.use_instances=false"


def test_street_folders_give_frames_labels_and_instances(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"b": 3, "a": 4})
    sequences = list(list_sequences(tmp_path, make_config()))
    assert [s.name for s in sequences] == ["a", "b"]
    assert [s.count_frames() for s in sequences] == [4, 3]
    frame = read_frame(sequences[1], 2)
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
    setting = "with conditioning.street.use_instances=false"
    with pytest.raises(InputError, match=setting):
        list_sequences(tmp_path, make_config())
    (sequence,) = list_sequences(tmp_path, make_config("street", NO_INSTANCES))
    assert read_frame(sequence, 0).raw.get("instance_map") is None


def test_equal_numbers_of_other_names_are_paired_in_order(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 2, "b": 3}, instances=False)
    (tmp_path / "train_B/a").rename(tmp_path / "train_B/x")
    (tmp_path / "train_B/b").rename(tmp_path / "train_B/y")
    sequences = list(list_sequences(tmp_path, make_config("street", NO_INSTANCES)))
    assert [s.name for s in sequences] == ["a", "b"]
    assert [s.count_frames() for s in sequences] == [2, 3]
    (said,) = sequences[1].contents().problems
    assert said.reason.startswith("b goes with y in B by their order alone")
    assert (said.clip, said.num_frames) == ("b@000000", 0)
    (tmp_path / "train_B/x").rename(tmp_path / "train_B/A")
    (tmp_path / "train_B/y").rename(tmp_path / "train_B/B")
    sequences = list(list_sequences(tmp_path, make_config("street", NO_INSTANCES)))
    assert [s.contents().problems for s in sequences] == [(), ()]


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


def test_a_frame_that_lacks_a_file_is_named(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 6})
    (tmp_path / "train_inst/a/a_0002.png").unlink()
    (tmp_path / "train_A/a/a_0005.png").unlink()
    (sequence,) = list_sequences(tmp_path, make_config())
    contents = sequence.contents()
    assert contents.num_frames == 6 and contents.runs == (range(2), range(3, 5))
    assert [(p.clip, p.reason) for p in contents.problems] == [
        ("a@000002", "no file of frame a_0002 in inst"),
        ("a@000005", "no file of frame a_0005 in A"),
    ]
    with sequence.open() as reader, pytest.raises(EndOfSequenceError):
        reader.read(6)


def test_frames_are_optional_where_they_are_not_needed(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 4, "b": 3}, instances=False)
    shutil.rmtree(tmp_path / "train_B/b")
    (tmp_path / "train_B/a/a_0003.png").unlink()
    config = make_config("street", NO_INSTANCES)
    one, other = list_sequences(tmp_path, config, need_frames=False)
    images = []
    for sequence in (one, other):
        with sequence.open() as reader:
            images.append([frame.raw.image is not None for frame in reader.frames()])
    assert images == [[True, True, True, False], [False] * 3]
    (flat,) = list_sequences(tmp_path / "train_A/b", config, need_frames=False)
    assert (flat.name, flat.count_frames()) == ("b", 3)
    shutil.rmtree(tmp_path / "train_B")
    (tmp_path / "train_B").mkdir()
    again = list_sequences(tmp_path, config, need_frames=False)
    assert [one.count_frames() for one in again] == [4, 3]


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
    assert read_frame(sequence, 0).flow_path is None
    assert read_frame(sequence, 2).flow_path == str(folder / "a_0002.png")
    (folder / "a_0002.png").unlink()
    with pytest.raises(InputError, match="no flow a_0002.png"):
        sequence.contents()


def test_pose_folders_follow_the_configuration(tmp_path, write_pose, make_config):
    write_pose(tmp_path, 3)
    (sequence,) = list_sequences(tmp_path, make_config("pose"))
    raw = read_frame(sequence, 2).raw
    np.testing.assert_array_equal(raw.get("densepose")[20, 60], [42, 90, 3])
    assert raw.get("openpose")["people"][0]["pose_keypoints_2d"][0] == 54.0
    only = make_config("pose", "conditioning.pose.use_densepose=false")
    (sequence,) = list_sequences(tmp_path, only)
    assert read_frame(sequence, 0).raw.get("densepose") is None


def test_frame_folders_without_sequences_say_so(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2})
    for path in (tmp_path / "train_B/a").iterdir():
        path.rename(tmp_path / "train_B" / path.name)
    (tmp_path / "train_B/a").rmdir()
    with pytest.raises(InputError, match="train_B/<sequence>/<frames>"):
        list_sequences(tmp_path, make_config())


def test_edges_also_take_folders_of_frames(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 3})
    (sequence,) = list_sequences(tmp_path, make_config("edges"))
    assert read_frame(sequence, 2).raw.image.shape == (32, 64, 3)


def test_maps_are_turned_as_frames_are(tmp_path, write_street, make_config):
    write_street(tmp_path, {"a": 2})
    exif = Image.Exif()
    exif[0x0112] = 8  # a camera that was held upright
    before, stored, shown = {}, {}, {}
    for kind in ("A", "B", "inst"):
        path = sorted((tmp_path / f"train_{kind}/a").iterdir())[1]
        with Image.open(path) as image:
            before[kind] = np.array(image)
            image.save(path, exif=exif)
    for orientation, found in (("stored", stored), ("shown", shown)):
        config = make_config("street", f"data.orientation={orientation}")
        (sequence,) = list_sequences(tmp_path, config)
        raw = read_frame(sequence, 1).raw
        found["A"], found["inst"] = raw.get("label_map"), raw.get("instance_map")
        found["B"] = raw.image
    for kind, pixels in before.items():
        np.testing.assert_array_equal(stored[kind], pixels)
        np.testing.assert_array_equal(shown[kind], np.rot90(pixels))
