"""The face discriminator in training: the boxes of a batch say where faces are."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import HEIGHT, SMALL, WIDTH, changed, stage, weights_of
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.tasks.pose.face_boxes import face_boxes

NUM_PAST = 2
NO_BOX = [HEIGHT, -1, WIDTH, -1]
HEAD = [4, 7, 10, 13]


@pytest.fixture
def config() -> Config:
    overrides = (
        *("task=pose", "discriminator.use_face=true", "data.resize.fine_size=32"),
        *("conditioning.pose.remove_face_labels=true", "discriminator.num_scales=1"),
        "generator.use_foreground=false",
    )
    return configuration.load_config(None, (*SMALL, *overrides))


def clip(num_frames: int) -> dict[str, np.ndarray]:
    """A clip whose planes show a body and no head."""
    random = np.random.default_rng(3)
    shape = (1, num_frames, HEIGHT, WIDTH)
    planes = random.integers(0, 200, (*shape, 6), np.uint8)
    planes[..., 2] = 5
    pairs = (1, num_frames - 1, HEIGHT, WIDTH)
    return {
        "conditions": planes,
        "frames": random.integers(0, 256, (*shape, 3), np.uint8),
        "flow": random.normal(0, 1, (*pairs, 2)).astype(np.float32),
        "flow_confidence": np.ones((*pairs, 1), np.float32),
    }


def with_boxes(batch: dict[str, np.ndarray], *boxes: list[int]) -> dict:
    return {**batch, "faces": np.array([boxes], np.int32)}


def tensors(batch: dict[str, np.ndarray]) -> dict[str, tf.Tensor]:
    return {name: tf.constant(value) for name, value in batch.items()}


@pytest.mark.slow
def test_it_trains_when_face_labels_are_removed(config, make_model, eager):
    model = make_model(config, 1e-3, 1e-3)
    model.set_stage(stage(2, 2))
    batch = clip(NUM_PAST + 2)
    before = weights_of(model.face_discriminator)
    # Without boxes it looks in the planes, of which the head is gone.
    model.train_step(tensors(batch))
    assert not any(changed(before, model.face_discriminator))
    batch = with_boxes(batch, NO_BOX, NO_BOX, NO_BOX, HEAD)
    results = model.train_step(tensors(batch))
    assert float(results["generator/gan_face"]) > 0.0
    assert float(results["discriminator/face_real"]) > 0.0
    assert any(changed(before, model.face_discriminator))


@pytest.mark.slow
def test_each_chunk_has_the_boxes_of_its_own_frames(config, make_model, eager):
    model = make_model(config)
    model.set_stage(stage(3, 1))
    batch = clip(NUM_PAST + 3)

    def face_real(*boxes: list[int]) -> float:
        model.meter.reset_state()
        results = model.train_step(tensors(with_boxes(batch, *boxes)))
        return float(results["discriminator/face_real"])

    empty = [NO_BOX] * (NUM_PAST + 3)
    assert face_real(*empty) == 0.0
    assert face_real(HEAD, HEAD, *empty[2:]) == 0.0
    # Nothing is learnt at a rate of 0, so the chunks add up.
    alone = [face_real(*empty[:t], HEAD, *empty[t + 1 :]) for t in (2, 3, 4)]
    assert min(alone) > 0.0 and len(set(alone)) == 3
    together = face_real(NO_BOX, NO_BOX, HEAD, HEAD, HEAD)
    assert together == pytest.approx(sum(alone), rel=1e-5)


def test_boxes_that_come_along_equal_those_found_in_planes(config, make_model, eager):
    model = make_model(config)
    batch = clip(NUM_PAST + 2)
    batch["conditions"][0, 2, 9:12, 1:5, 2] = 23
    batch["conditions"][0, 3, 3:8, 20:29, 2] = 24
    boxes = face_boxes(batch["conditions"], config.conditioning.pose)
    assert boxes[0].numpy().tolist()[2:] == [[9, 11, 1, 4], [3, 7, 20, 28]]
    results = []
    for given in (batch, {**batch, "faces": boxes.numpy()}):
        model.meter.reset_state()
        results.append(model.test_step(tensors(given)))
    assert float(results[0]["generator/gan_face"]) > 0.0
    for name, value in results[0].items():
        assert float(value) == pytest.approx(float(results[1][name]), rel=1e-6), name
