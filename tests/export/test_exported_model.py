"""An export that is run in this process, as benchmarks and the pipeline do."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.export.exported_model import ExportedModel


@pytest.fixture(scope="module")
def exported(street_model) -> ExportedModel:
    return ExportedModel(street_model)


def test_a_rollout_is_the_runs(exported, street_synthesizer, toy_clips):
    clip = toy_clips[1]
    expected = street_synthesizer.rollout(clip)
    found = exported.rollout(clip)
    difference = np.abs(found.fake_frames.astype(int) - expected.fake_frames)
    assert found.fake_frames.shape == (6, 32, 64, 3)
    # Random weights let rounding grow from frame to frame: never above a level.
    assert difference.max() <= 1 and (difference[0] == 0).mean() >= 0.999
    np.testing.assert_allclose(found.flow[0], expected.flow[0], atol=1e-3)
    np.testing.assert_allclose(found.mask[0], expected.mask[0], atol=1e-4)


def test_videos_side_by_side_keep_their_own_states(exported, toy_clips):
    alone = [exported.rollout(clip).fake_frames for clip in toy_clips[:2]]
    states = [exported.begin(clip) for clip in toy_clips[:2]]
    for index in (2, 3):
        for which, clip in enumerate(toy_clips[:2]):
            outputs, states[which] = exported.step(clip, index, states[which])
            frame = outputs["fake_frames"].numpy()[0]
            np.testing.assert_array_equal(frame, alone[which][index - 2])
    assert not any(name.startswith("state_") for name in outputs)


def test_a_folder_that_is_no_export(street_model, tmp_path):
    with pytest.raises(InputError, match="config.yaml"):
        ExportedModel(tmp_path)
    shutil.copytree(street_model / "assets.extra", tmp_path / "assets.extra")
    with pytest.raises(OSError, match="SavedModel"):
        ExportedModel(tmp_path)
