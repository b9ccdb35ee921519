"""The detector of depths, on small networks made here."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests.detection.networks import small_networks as small
from v2v_tf.config import load_config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.detection.networks.description import DepthRules
from v2v_tf.errors import InputError
from v2v_tf.tasks.depth.network import NetworkDepth, stored
from v2v_tf.tasks.depth.task import TASK


def network(folder, **said):
    """A network that answers with 3 metres for each 255 of red and green."""
    small.describe(folder, **said)
    return str(
        small.saved_model(
            folder,
            lambda x: 3.0 * tf.reduce_sum(x[..., :2], axis=-1),
            [1, None, None, 3],
        )
    )


def test_metres_are_stored_in_steps_of_one_size(tmp_path):
    rules = {"kind": "depth", "scale": 200}
    name = network(tmp_path, depth=rules)
    detector = DETECTORS.get("network-depth")(DetectorOptions(name))
    frame = np.zeros((9, 14, 3), np.uint8)
    frame[:, 5:] = (102, 51, 7)
    (found,) = detector.detect(frame)
    assert found.box == (0.0, 0.0, 14.0, 9.0) and found.value.dtype == np.uint16
    assert (found.value[:, 5:] == 360).all() and (found.value[:, :5] == 0).all()
    # A brighter frame does not change the steps.
    frame[:, :5] = 255
    assert (detector.detect(frame)[0].value[:, 5:] == 360).all()
    assert detector.facts() == {"depth": {"kind": "depth", "scale": 200.0}}


def test_inverse_depths_count_down():
    found = stored(np.array([[0.0, -2.0, 3.0, np.inf]]), DepthRules("inverse", 7))
    assert found.tolist() == [[65535, 65535, 65514, 0]]
    assert stored(np.array([[65534.0]]), DepthRules("inverse", 1)).tolist() == [[1]]


def test_depths_never_become_missing_by_rounding():
    found = stored(np.array([[1e-6, 0.0, -1.0, np.nan]]), DepthRules("depth", 256))
    assert found.tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize(("kind", "most"), [("depth", 65535), ("inverse", 65534)])
def test_what_16_bits_do_not_hold_is_refused_with_a_scale_that_fits(kind, most):
    with pytest.raises(
        InputError, match=rf"600, which times the scale 256 is above {most}"
    ) as caught:
        stored(np.array([[600.0, 1.0]]), DepthRules(kind, 256))
    scale = float(str(caught.value).split(" to ")[1].split()[0])
    assert stored(np.array([[600.0]]), DepthRules(kind, scale)).dtype == np.uint16
    stored(np.array([[most / 256]]), DepthRules(kind, 256))


def test_overflow_names_the_network(tmp_path):
    name = network(tmp_path, depth={"kind": "depth", "scale": 60000})
    with pytest.raises(
        InputError, match="--network .*: it answers with 6, which times"
    ):
        NetworkDepth(DetectorOptions(name)).detect(np.full((4, 6, 3), 255, np.uint8))


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(InputError) as caught:
        NetworkDepth()
    message = str(caught.value)
    assert "\n" not in message and "Depth-Anything-V2-Small-hf@870a35c7" in message
    name = network(tmp_path)
    with pytest.raises(
        InputError, match=r'nothing says what its numbers are: write "d'
    ):
        NetworkDepth(DetectorOptions(name))
    with pytest.raises(InputError, match="--labels is for label maps"):
        NetworkDepth(DetectorOptions(name, "labels.csv"))


def test_pictures_of_depth_can_be_smoothed_and_are_painted():
    form = TASK.found_pictures(load_config(None, ("task=depth",)))
    assert (form.folder, form.dtype, form.can_smooth) == ("depth", np.uint16, True)
    painted = form.paint(np.array([[0, 500, 900, 9000]], np.uint16))
    assert painted.dtype == np.uint8 and painted[0, 0].tolist() == [0, 0, 0]
    assert painted[0, 1, 0] > painted[0, 1, 2] and painted[0, 3, 2] > painted[0, 3, 0]
    assert not form.paint(np.zeros((2, 3), np.uint16)).any()
