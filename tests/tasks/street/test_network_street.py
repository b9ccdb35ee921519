"""The detector of label maps, on small networks made here."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.detection.networks import small_networks as small
from v2v_tf.config import load_config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.detection.detector import DetectorOptions
from v2v_tf.errors import InputError
from v2v_tf.tasks.street.found_maps import label_format, objects_of
from v2v_tf.tasks.street.network import NetworkStreet
from v2v_tf.tasks.street.task import TASK

CONFIG = load_config(None, ("task=street",))
FRAME = small.stripes()
TABLE = {"red": "car", "green": "road", "blue": 23}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    small.describe(folder)
    return small.saved_model(folder, small.half, [1, None, None, 3])


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(TABLE))
    return str(path)


def test_it_finds_the_labels_of_a_frame(network, labels):
    detector = DETECTORS.get("network-street")(
        DetectorOptions(str(network), labels, CONFIG)
    )
    (found,) = detector.detect(FRAME)
    assert found.box == (0.0, 0.0, 40.0, 24.0) and found.score == 1.0
    expected = np.array([26, 7, 23], np.uint8)[small.classes_of_stripes()]
    assert found.value.dtype == np.uint8
    np.testing.assert_array_equal(found.value, expected)
    assert detector.facts() == {"labels": {"0": 26, "1": 7, "2": 23}}
    assert detector.files()[0].licences.weights == "CC0-1.0"


def test_ids_above_a_byte_have_16_bits(network, tmp_path):
    (tmp_path / "labels.yaml").write_text("{red: car, green: road, blue: ignore}")
    config = load_config(
        None, ("task=street", "conditioning.street.ignore_label=40000")
    )
    options = DetectorOptions(str(network), str(tmp_path / "labels.yaml"), config)
    (found,) = NetworkStreet(options).detect(FRAME)
    assert found.value.dtype == np.uint16 and found.value[23, 0] == 40000
    form = TASK.found_pictures(config)
    assert form.dtype == np.uint16
    painted = form.paint(found.value)
    assert painted[23, 0].tolist() == [0, 0, 0] and painted[0, 0].tolist() == [
        0,
        0,
        142,
    ]


def test_a_missing_network_says_which_fit():
    with pytest.raises(InputError) as caught:
        NetworkStreet()
    message = str(caught.value)
    assert "\n" not in message and "needs a --network" in message
    assert "nvidia/segformer-b0-finetuned-cityscapes" in message
    assert "not for commercial use" in message


def test_names_of_the_network_must_be_labels(network):
    with pytest.raises(InputError, match="no label named red, green, blue, which"):
        NetworkStreet(DetectorOptions(str(network), None, CONFIG))


def test_a_class_without_a_name_is_refused_when_it_comes(tmp_path):
    named = {name: TABLE[name] for name in ("red", "green")}
    (tmp_path / "named.json").write_text(json.dumps(named))
    labels = str(tmp_path / "named.json")
    small.describe(tmp_path, labels=["red", "green"])
    small.saved_model(tmp_path, small.half, [1, None, None, 3])
    detector = NetworkStreet(DetectorOptions(str(tmp_path), labels, CONFIG))
    detector.detect(FRAME[:16])
    with pytest.raises(InputError, match="answers with class 2, which nothing names"):
        detector.detect(FRAME)
    small.describe(tmp_path, labels=None)
    with pytest.raises(InputError, match="nothing names its classes: name them"):
        NetworkStreet(DetectorOptions(str(tmp_path), labels, CONFIG))


def test_ids_below_0_are_refused(tmp_path, labels):
    small.describe(tmp_path)
    small.saved_model(tmp_path, lambda x: -tf.argmax(x, axis=-1), [1, None, None, 3])
    detector = NetworkStreet(DetectorOptions(str(tmp_path), labels, CONFIG))
    with pytest.raises(InputError, match="answers with class -1"):
        detector.detect(FRAME)


def test_a_table_for_files_is_left_out(network, labels):
    config = TASK.with_label_map(CONFIG, "cityscapes-train-ids")
    with pytest.raises(InputError, match="label_map is for files of other ids"):
        NetworkStreet(DetectorOptions(str(network), labels, config))


def test_objects_are_those_of_cityscapes_or_the_foreground():
    assert objects_of(CONFIG) == tuple(range(24, 34))
    assert objects_of(load_config("toy_street")) == (6, 7)
    config = load_config(
        "toy_street",
        (
            "conditioning.street.palette=generic",
            "conditioning.street.num_labels=90",
            "conditioning.street.foreground_labels=[7,80]",
        ),
    )
    with pytest.raises(
        InputError, match=r"foreground_labels names 80, and the objects"
    ):
        TASK.found_pictures(config)


def test_labels_are_stored_with_instances_where_they_are_used():
    shot = [(FRAME, np.full((24, 40), 26, np.uint8))]
    form = TASK.found_pictures(CONFIG)
    (files,) = form.files_of_shot(shot)
    assert sorted(files) == ["A", "inst"] and (files["inst"] == 26000).all()
    assert not form.can_smooth and form.dtype == np.uint8
    plain = load_config(
        None, ("task=street", "conditioning.street.use_instances=false")
    )
    (files,) = label_format(plain, TASK.labels(plain)).files_of_shot(shot)
    assert sorted(files) == ["A"]
