"""Single source files: images, maps of ids, folders."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files


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
