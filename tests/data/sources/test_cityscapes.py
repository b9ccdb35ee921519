"""Cityscapes: runs of labelled frames, and label maps of two kinds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.data.sources.reading import read_frame
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError

TOO_SHORT = "complete consecutive frames, data.min_frames is 3"


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
    frame = read_frame(sequences[0], 1)
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
    assert "such as ulm_000004_000007_gtFine_labelIds.png in" in bad.reason
    assert bad.reason.endswith("gtFine/train/ulm")


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
    assert [(bad.clip, bad.reason) for bad in summary.lost] == [
        ("ulm_000003_000011", f"1 {TOO_SHORT}"),
        ("ulm_000003_000013", f"2 {TOO_SHORT}"),
    ]
    (note,) = summary.notes
    assert note.reason == (
        "2 of 8 frames have no label map (and instance map, where used), and clips end "
        "there: no ulm_000003_000012_gtFine_labelIds.png (and 1 more)"
    )
    assert note.path.endswith("ulm_000003_000012_leftImg8bit.png")


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
    labels = [read_frame(sequence, t).raw.get("label_map")[0, 0] for t in range(4)]
    assert labels == [33, 1, 2, 3]


def test_cityscapes_errors_at_the_door(tmp_path, make_config):
    with pytest.raises(InputError, match="no sequences"):
        list_sequences(tmp_path, make_config())
    (tmp_path / "leftImg8bit_sequence").mkdir()
    with pytest.raises(InputError, match="expected .*_sequence/train/<city>/ or val/"):
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


def test_a_single_labelled_frame_says_what_training_needs(tmp_path, make_config):
    _write_cityscapes(tmp_path, [4])
    (sequence,) = list_sequences(tmp_path, make_config())
    contents = sequence.contents()
    assert (contents.num_frames, contents.runs) == (1, ())
    (bad,) = contents.problems
    assert (bad.clip, bad.num_frames) == ("ulm_000003_000015", 1)
    assert "one of 6 frames has a label map" in bad.reason
    assert "needs 3 in a row (data.min_frames)" in bad.reason
    assert "gtFine_sequence/<split>/<city>/<frame>_gtFine_labelIds.png" in bad.reason
    # An image generator is trained on single frames.
    (sequence,) = list_sequences(tmp_path, make_config("street", "data.min_frames=1"))
    assert sequence.contents().runs == (range(1),)


def test_single_frames_and_other_splits_are_named(tmp_path, make_config):
    _write_cityscapes(tmp_path, range(4))
    (tmp_path / "leftImg8bit_sequence/train").rename(
        tmp_path / "leftImg8bit_sequence/demoVideo"
    )
    with pytest.raises(InputError, match=r"_sequence with demoVideo: rename its fol"):
        list_sequences(tmp_path, make_config())
    (tmp_path / "leftImg8bit_sequence").rename(tmp_path / "leftImg8bit")
    words = r"expected .*leftImg8bit_sequence/train/<city>/.*leftImg8bit with demoVideo"
    with pytest.raises(InputError, match=rf"{words}: .*single frames.*rename it"):
        list_sequences(tmp_path, make_config())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ulm_000000_000003_leftImg8bit.jpg", "convert them to PNG and keep their"),
        ("0003.png", "<city>_<sequence>_<frame>_leftImg8bit.png is what is read"),
    ],
)
def test_frames_of_other_names_are_named(tmp_path, make_config, name, words):
    _write_cityscapes(tmp_path, [1], num_frames=0)
    folder = tmp_path / "leftImg8bit_sequence/train/ulm"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"")
    (bad,) = list_sequences(tmp_path, make_config())
    assert (bad.path, bad.clip) == (str(folder), "ulm")
    assert f"got 1 files, such as {name}" in bad.reason and words in bad.reason
    assert "expected frames named as ulm_000000_000000_leftImg8bit.png" in bad.reason


def test_label_maps_are_read_by_the_table(tmp_path, make_config):
    _write_cityscapes(tmp_path, range(1, 4))
    table = "conditioning.street.label_map=[[1,3],[2,0],[3,2]]"
    (sequence,) = list_sequences(tmp_path, make_config("street", table))
    labels = [read_frame(sequence, t).raw.get("label_map")[0, 0] for t in range(3)]
    assert labels == [3, 0, 2]


@pytest.mark.parametrize("missing", [0, 3, 7])
def test_a_picture_that_a_label_map_lacks_is_named(tmp_path, make_config, missing):
    _write_cityscapes(tmp_path, range(8), num_frames=8)
    name = f"ulm_000003_{missing + 11:06d}_leftImg8bit"
    picture = tmp_path / "leftImg8bit_sequence/train/ulm" / f"{name}.png"
    picture.rename(picture.with_suffix(".jpg"))
    sequences = list(list_sequences(tmp_path, make_config()))
    assert len(sequences) == (2 if missing == 3 else 1)
    (said,) = [p for s in sequences for p in s.contents().problems]
    assert said.num_frames == 0 and said.reason == (
        "pictures of the snippet are missing, and clips end there: no "
        f"{name}.png (there is {name}.jpg: convert it to PNG)"
    )


def test_without_need_of_frames_a_snippet_goes_on(tmp_path, make_config):
    _write_cityscapes(tmp_path, [0, 1, 2, 4, 5, 13, 14], num_frames=2)
    one, other = list_sequences(tmp_path, make_config(), need_frames=False)
    assert (one.name, other.name) == ("ulm_000003_000011", "ulm_000003_000024")
    contents = one.contents()
    assert (contents.num_frames, contents.gaps) == (5, (3,))
    (said,) = contents.problems
    assert said.noticed == (
        "frames are missing between ulm_000003_000013_gtFine_labelIds.png and this one"
    )
    with one.open() as reader:
        frames = list(reader.frames())
    assert [frame.raw.image is not None for frame in frames] == [
        True,
        True,
        *[False] * 3,
    ]
    assert [frame.raw.get("label_map")[0, 0] for frame in frames] == [0, 1, 2, 4, 5]
    assert frames[4].path.endswith("ulm_000003_000016_gtFine_labelIds.png")
    names = [frame.name for frame in frames]
    assert names[1] == "ulm_000003_000012_leftImg8bit"
    assert names[4] == "ulm_000003_000016_leftImg8bit"


def test_label_maps_alone_are_conditions(tmp_path, make_config):
    _write_cityscapes(tmp_path, range(3), num_frames=0, labels="gtFine_sequence")
    (sequence,) = list_sequences(tmp_path, make_config(), need_frames=False)
    assert (sequence.name, sequence.count_frames()) == ("ulm_000003_000011", 3)
    with pytest.raises(InputError, match="alone, and training needs their frames"):
        list_sequences(tmp_path, make_config())
    other = tmp_path / "gtFine_sequence/train/bonn"
    other.mkdir()
    bad, _ = list_sequences(tmp_path, make_config(), need_frames=False)
    assert bad.clip == "bonn" and "such as bonn_000000_000000_gtFine" in bad.reason
