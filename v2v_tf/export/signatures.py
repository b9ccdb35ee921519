"""Defines the signatures of an exported model, and describes their tensors.

A signature's inputs are fixed, so what a model does not use is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from v2v_tf.export.encoded_signature import EncodedSignature
from v2v_tf.export.evaluation_signature import EvaluationSignature
from v2v_tf.export.generation_step import Tensors
from v2v_tf.export.serving_module import ServingModule
from v2v_tf.export.wire_states import PREFIX

# {n} is the number of frames before the first generated one, {P} of planes.
_TEXTS = {
    "conditions": "planes of the conditions, as v2v-tf prepare draws them",
    "instances": "ids of instances, any integers that differ from instance to instance",
    "frames": "the frames before the first generated one, RGB",
    "fake_frames": "generated frames, RGB",
    "mask": "1 where the frame is hallucinated, 0 where the last one is warped",
    "flow": "flow (dx, dy) in pixels, backward: from this frame to the last one",
    "styles": "styles of a whole video: classes, variants, features",
    "seed": "seed of a draw; equal seeds give equal styles",
    "component": "component of every class's mixture, 0 the most frequent; -1 to draw",
    "examples": "serialized clip records",
    "conditions_bytes": "grey PNGs, the planes of a condition one below the other",
    "instances_bytes": "16-bit grey PNGs of instance ids",
    "frames_bytes": "PNGs or JPEGs, the frames before the first generated one",
    "image_format": "png or jpeg: how the frames of each video come back",
    "fake_frames_bytes": "generated frames in the format asked for",
    "psnr": "PSNR in dB, mean over frames",
    "ssim": "SSIM, mean over frames",
    "warping_error": "change along the reference flow where it is visible",
    "warping_error_real": "the same change in the real clip",
    "num_frames": "number of generated frames",
}
_STATE_TEXT = "opaque state: from init_states* or the last answer of this video"


@dataclass(frozen=True)
class Signature:
    """Describes one signature of a SavedModel.

    Attributes:
        function: function from tensors by name to tensors by name.
        inputs: shapes and types of its inputs by name.
        text: phrase that says what it gives.
        generates: whether it generates frames, which takes most of a stream's time.
    """

    function: Callable[..., Tensors]
    inputs: Mapping[str, tf.TensorSpec]
    text: str
    generates: bool = False

    def trace(self) -> Any:
        """Returns the concrete function."""
        traced = tf.function(self.function, autograph=False)
        return traced.get_concrete_function(**self.inputs)


def signatures(
    module: ServingModule, evaluation: EvaluationSignature | None
) -> dict[str, Signature]:
    """Returns the signatures of a model by name.

    `init_states` is there where the model begins by itself, with zeros or with frames
    of a network for them; `init_states_from_frames` where it may begin with others'.

    Args:
        module: generates frames.
        evaluation: measures clips; None leaves `evaluate` and `serving_default` out.
    """
    states = module.state_format.specs()
    first = module.step.condition_specs(module.state_format.history)
    if module.styles is not None:
        shape = [None, *module.styles.shape]
        first["styles"] = tf.TensorSpec(shape, tf.float32, name="styles")
    found = {
        "generate_frame": Signature(
            module.generate_frame,
            {**module.step.condition_specs(), **states},
            "one frame of each video",
            generates=True,
        ),
        "generate_clip": Signature(
            module.generate_clip,
            {**module.step.condition_specs(None), **states},
            "several frames of each video, one after the other",
            generates=True,
        ),
        "generate_encoded": Signature(
            EncodedSignature(module).generate_encoded,
            _encoded(module),
            "whole videos from PNG bytes, to PNG or JPEG bytes",
        ),
    }
    if module.begins_alone:
        text = "states of videos that begin by themselves"
        found["init_states"] = Signature(module.init_states, first, text)
    if module.takes_frames:
        shape = [None, module.state_format.history, None, None, 3]
        frames = {"frames": tf.TensorSpec(shape, tf.uint8, name="frames")}
        found["init_states_from_frames"] = Signature(
            module.init_states_from_frames,
            {**first, **frames},
            "states of videos that begin with given frames",
        )
    found |= _of_styles(module)
    if evaluation is not None:
        examples = {"examples": tf.TensorSpec([None], tf.string, name="examples")}
        measure = Signature(evaluation.evaluate, examples, "metrics of clip records")
        found |= {"evaluate": measure, "serving_default": measure}
    return dict(sorted(found.items()))


def _of_styles(module: ServingModule) -> dict[str, Signature]:
    if module.styles is None:
        return {}
    drawn = {
        "seed": tf.TensorSpec([None], tf.int64, name="seed"),
        "component": tf.TensorSpec([None], tf.int32, name="component"),
    }
    frames = tf.TensorSpec([None, None, None, None, 3], tf.uint8, name="frames")
    return {
        "sample_styles": Signature(
            module.styles.sample_styles, drawn, "styles as the training clips have them"
        ),
        "styles_from_frames": Signature(
            module.styles.styles_from_frames,
            {**module.step.condition_specs(None), "frames": frames},
            "the styles that given frames show",
        ),
    }


def describe(name: str) -> str:
    """Returns a phrase that says what a tensor of a signature holds."""
    return _STATE_TEXT if name.startswith(PREFIX) else _TEXTS[name]


def _encoded(module: ServingModule) -> dict[str, tf.TensorSpec]:
    history = module.state_format.history
    shapes: dict[str, list[int | None]] = {"conditions_bytes": [None, None]}
    if module.state_format.uses_instances:
        shapes["instances_bytes"] = [None, None]
    if not module.begins_alone:
        shapes["frames_bytes"] = [None, history]
    shapes["image_format"] = [None]
    specs = {k: tf.TensorSpec(v, tf.string, name=k) for k, v in shapes.items()}
    if module.styles is not None:
        specs["seed"] = tf.TensorSpec([None], tf.int64, name="seed")
    return specs
