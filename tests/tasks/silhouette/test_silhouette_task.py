"""Masks of a person as conditions."""

import cv2
import numpy as np
import pytest

from v2v_tf.config import TASKS, load_config
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.silhouette.statistics import MaskStatistics


def config(*options):
    return load_config(
        None,
        (
            *("task=silhouette", "data.resize.scale=width", "data.resize.load_size=64"),
            *options,
        ),
    )


def mask(level=255):
    values = np.zeros([64, 128], np.uint8)
    values[16:48, 32:96] = level
    return values


def drawn(values, *options):
    conditioning = registry.create(config(*options))
    raw = RawFrame(np.full([64, 128, 3], 90, np.uint8), mask=values)
    return conditioning, conditioning.draw(raw, conditioning.plan(raw))


def test_a_mask_becomes_a_white_plane_at_the_size_of_the_record():
    conditioning, frame = drawn(mask())
    assert frame.planes.shape == (32, 64, 1) and frame.frame.shape == (32, 64, 3)
    assert frame.planes[12, 20, 0] == 255 and frame.planes[4, 4, 0] == 0
    channels = conditioning.encode(frame.planes, None).numpy()
    assert channels.dtype == np.float32 and (channels.min(), channels.max()) == (0, 1)


def test_grey_levels_are_cut_at_the_threshold():
    assert not drawn(mask(127))[1].planes.any()
    assert drawn(mask(128))[1].planes.max() == 255
    for level in (1, 2, 38):  # 0 and 1, ids, and a colour of a palette
        planes = drawn(mask(level), "conditioning.silhouette.threshold=1")[1].planes
        assert planes.max() == 255


def test_frames_and_masks_are_read_from_their_folders(tmp_path):
    for kind, values in (("mask", mask()), ("img", np.zeros([64, 128, 3], np.uint8))):
        folder = tmp_path / f"train_{kind}" / "clip"
        folder.mkdir(parents=True)
        for index in range(3):
            cv2.imwrite(str(folder / f"{index:03d}.png"), values)
    (sequence,) = list_sequences(tmp_path, config())
    with sequence.open() as reader:
        np.testing.assert_array_equal(reader.read(1).raw.get("mask"), mask())


def test_masks_that_are_meant_otherwise_are_doubted():
    task = TASKS.get("silhouette")

    def doubts(values, *options):
        configuration = config(*options)
        statistics = task.statistics(configuration)
        raw = RawFrame(mask=values)
        conditioning = registry.create(configuration)
        for _ in range(3):
            statistics.add(conditioning.draw(raw, conditioning.plan(raw)))
            statistics.add_source(raw, values.shape)
        found = task.summarize(statistics.counts())
        return list(task.doubts(found, configuration))

    assert doubts(mask()) == []
    (dark,) = doubts(mask(1))
    assert "3 of 3 frames are dark, below grey level 128" in dark
    assert "--set conditioning.silhouette.threshold=1" in dark
    assert doubts(mask(1), "conditioning.silhouette.threshold=1") == []
    wide = np.full([64, 128], 255, np.uint8)
    wide[:4] = 0
    (full,) = doubts(wide)
    assert "invert them if they show the background" in full
    assert list(task.doubts(task.summarize(()), config())) == []


def test_frames_without_anybody_are_counted():
    statistics = MaskStatistics(128)
    for values in (mask(), mask(0), mask(0)):
        statistics.add(drawn(values)[1])
    assert statistics.scalars() == {"empty_conditions": pytest.approx(2 / 3)}


def test_what_is_no_mask_is_refused():
    with pytest.raises(InputError, match=r"mask must be uint8 \[H, W\], grey levels"):
        drawn(mask().astype(np.uint16))
    conditioning, _ = drawn(mask())
    raw = RawFrame(mask=mask())
    geometry = conditioning.plan(raw)
    with pytest.raises(InputError, match="mask must be 128x64 as the sequence began"):
        conditioning.draw(RawFrame(mask=mask()[:50]), geometry)
    with pytest.raises(InputError, match=r"threshold must be 1 .. 255, got 0"):
        config("conditioning.silhouette.threshold=0")
