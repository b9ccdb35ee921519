"""What stages take of memory, part by part, and what is said of it."""

from __future__ import annotations

import dataclasses

import pytest

from v2v_tf.config import load_config
from v2v_tf.memory.exhaustion import OutOfMemory, explaining
from v2v_tf.memory.machine import GIB, Available
from v2v_tf.training.memory import TrainingMemory, named_settings
from v2v_tf.training.memory_estimate import estimate, parameters
from v2v_tf.training.preparation import build

SIZE = (32, 64)


@pytest.fixture(scope="module")
def model():
    return build(load_config("test/toy_street"), SIZE)


def of_stage(model, on_gpu=True, size=SIZE, replicas=1, **changes):
    """The estimate of the second stage, with other settings of that stage."""
    before = model.experiment
    first, second = before.curriculum
    stages = (first, dataclasses.replace(second, **changes))
    model.experiment = dataclasses.replace(before, curriculum=stages)
    try:
        return estimate(model, 1, size, replicas, on_gpu)
    finally:
        model.experiment = before


def test_weights_are_counted_with_their_moments_and_gradients(model):
    counts = parameters(model)
    assert counts["generator"] == model.generator.count_params()
    found = of_stage(model, chunk_frames=3, num_frames=5)
    assert found.weights == 12 * counts["generator"]
    assert found.gradients == 3 * 4 * counts["generator"]
    assert found.rest == 16 * (counts["image"] + counts["temporal_s0"])


def test_maps_grow_with_clips_frames_and_pixels(model):
    one = of_stage(model, batch_size=1, chunk_frames=1)
    kept = 4 * model.kept_maps * 32 * 64
    assert one.maps == round(kept) and one.maps_beside > 0
    assert of_stage(model, batch_size=5, chunk_frames=1).maps == round(5 * kept)
    assert of_stage(model, batch_size=1, chunk_frames=3).maps == round(3 * kept)
    larger = of_stage(model, size=(64, 96), batch_size=1, chunk_frames=1)
    assert larger.maps == round(3 * kept)
    shared = of_stage(model, replicas=2, batch_size=6, chunk_frames=1)
    assert shared.maps == round(3 * kept)


def test_a_chunk_is_no_longer_than_its_clip(model):
    assert of_stage(model, num_frames=2, chunk_frames=9) == of_stage(
        model, num_frames=2, chunk_frames=2
    )


def test_a_flow_stage_has_no_discriminators_and_one_gradient(model):
    flow = estimate(model, 0, SIZE, 1, on_gpu=True)
    assert flow.maps_beside == 0
    assert flow.gradients == 4 * parameters(model)["generator"]
    assert model.stage is model.experiment.curriculum[0]


def test_a_cpu_has_the_process_and_the_graph_besides(model):
    gpu, cpu = of_stage(model), of_stage(model, on_gpu=False)
    assert cpu.rest > gpu.rest + 10**9 and cpu.maps == gpu.maps
    longer = of_stage(model, on_gpu=False, chunk_frames=4)
    assert longer.rest > of_stage(model, on_gpu=False, chunk_frames=2).rest


def test_recomputing_keeps_the_maps_of_one_frame(model):
    before = model.experiment
    runtime = dataclasses.replace(before.runtime, gradient_checkpointing=True)
    model.experiment = dataclasses.replace(before, runtime=runtime)
    try:
        found = of_stage(model, batch_size=1, chunk_frames=4)
    finally:
        model.experiment = before
    alone = of_stage(model, batch_size=1, chunk_frames=1)
    assert (found.maps, found.gradients) == (alone.maps, alone.gradients)
    assert found.maps_beside > alone.maps_beside


@pytest.fixture
def memory(model, tmp_path):
    return TrainingMemory(model.experiment, tmp_path)


@pytest.fixture
def warned(monkeypatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(
        "absl.logging.warning", lambda text, *values: lines.append(text % values)
    )
    return lines


def test_what_does_not_fit_is_warned_of(memory, model, warned):
    memory.available = Available(GIB // 2, "left of ulimit -v")
    memory.measure(model, SIZE, 1)
    (line,) = warned
    assert line.startswith("stage 'gan' takes about 1.")
    assert "and there are 512 MiB (left of ulimit -v): " in line


def test_what_fits_is_not_warned_of(memory, model, warned):
    memory.available = Available(1000 * GIB, "free on this machine")
    memory.measure(model, SIZE, 1)
    assert warned == []


def test_the_machine_is_asked_before_weights_are_made(memory):
    memory.look()
    assert memory.available is not None and memory.available.num_bytes > 0
    assert not memory.on_gpu


def test_on_a_gpu_precision_is_named(memory, model):
    memory.on_gpu = True
    memory.measure(model, (512, 1024), 1)
    line = memory.advice()
    assert "stage 'flow' takes about" in line
    assert "runtime.precision=mixed_bfloat16 " in line


def test_the_checkpoint_to_go_on_from_is_named(memory, model, tmp_path):
    memory.measure(model, SIZE, 1)
    assert memory.advice().endswith("; nothing was written yet")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "config.yaml").touch()
    assert "no checkpoint yet: begin again with --overwrite" in memory.advice()
    (tmp_path / "checkpoints/ckpt-12.index").touch()
    line = memory.advice()
    assert f"the last checkpoint is that of step 12 in {tmp_path}" in line
    assert "runtime.gradient_checkpointing=true goes on in it, others need" in line
    assert f"others need a new --run with --warm-start {tmp_path} (" in line
    assert line.endswith("(with another num_filters its weights begin anew)")


def test_a_batch_that_the_devices_cannot_share_is_not_named(memory, model):
    memory.measure(model, (512, 1024), 1)
    assert "batch_size=1" in memory.advice()
    memory.measure(model, (512, 1024), 2)
    assert "batch_size" not in memory.advice()


def test_memory_runs_out_in_a_run_that_was_extended(memory, model, monkeypatch):
    *others, last = model.experiment.curriculum
    memory.measure(model, SIZE, 1)
    longer = dataclasses.replace(last, extra_epochs=3)
    extended = dataclasses.replace(model.experiment, curriculum=(*others, longer))
    monkeypatch.setattr(model, "experiment", extended)
    monkeypatch.setattr(model, "stage", longer)
    assert f"stage '{last.name}' takes about" in memory.advice()


def test_before_the_weights_are_made_settings_are_named_alone(memory, model):
    told = pytest.raises(OutOfMemory, match="less would be needed with ")
    with told as raised, explaining(memory.advice):
        raise MemoryError
    assert "generator.num_filters=2, " in str(raised.value)
    config = load_config("test/toy_street", ("data.resize.scale=none",))
    assert "load_size" not in named_settings(config)
    assert "killed or crashed" in memory.last_words()
