"""A step of a flow stage: flow alone, from real frames, all frames at once.

One clip a step does not teach flow; here every frame of several clips is an example
of its own, with real frames as its history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from v2v_tf.models.common.training_step import total
from v2v_tf.models.vid2vid import objective as objectives
from v2v_tf.models.vid2vid.objective import Losses
from v2v_tf.models.vid2vid.states import stack_time

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.model import Vid2Vid


def train(model: Vid2Vid, clip: dict[str, tf.Tensor]) -> Losses:
    """Takes one step of the generator on an encoded clip; returns its losses."""
    config, num_scales = model.experiment, model.num_scales
    history = model.generator.num_prev_frames
    num_frames = clip["frames"].shape[1] - history
    previous = objectives.sliding(clip["frames"], history, num_frames)
    target = objectives.flatten(objectives.targets(clip, history, 0, num_frames))
    player, variables = model.players["generator"], model.stage_variables
    with tf.GradientTape() as tape:
        seen = model.seen(clip, slice(None))
        windows = objectives.sliding(seen, history + 1, num_frames)
        states = model.generator.init_states(windows[:, :history], previous, num_scales)
        outputs = model.generator(
            stack_time(windows), tuple(map(stack_time, states.frames))
        )
        losses = objectives.flow_losses(config, outputs[-1], target, num_scales)
        loss = player.loss(total("generator", losses))
    player.step(tape.gradient(loss, variables), variables)
    model.after_generator_step()
    return losses
