"""Measures a model on clip records: the signature `evaluate`.

An evaluator asks for it without the code that made the model: a clip is decoded as
`v2v-tf generate` decodes it, rolled out from the model's own frames, and measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.input.decoder import ClipDecoder
from v2v_tf.data.records.folder import RecordLayout, plan_clips
from v2v_tf.export import wire_checks
from v2v_tf.export.generation_step import Tensors
from v2v_tf.export.serving_module import ServingModule
from v2v_tf.metrics.image import SSIM_WINDOW
from v2v_tf.metrics.temporal import warping_difference

METRICS = ("psnr", "ssim", "warping_error", "warping_error_real", "num_frames")


class EvaluationSignature(tf.Module):
    """Measures a model on clip records.

    Args:
        module: generates frames.
        config: configuration of the experiment.
        sizes: (height, width) of the records, without repeats.

    Raises:
        InputError: records of these sizes do not fit the configuration.
    """

    def __init__(
        self,
        module: ServingModule,
        config: Config,
        sizes: Sequence[tuple[int, int]],
    ) -> None:
        super().__init__(name="evaluation")
        self.module = module
        layout = RecordLayout(
            conditioning=module.step.conditioning,
            plan=plan_clips(sizes, config, training=False),
            has_keypoints=False,  # Read for random drops, in training alone.
        )
        self._decoder = ClipDecoder(layout, config, num_frames=None)
        self._has_ssim = min(layout.plan.size) >= SSIM_WINDOW

    def evaluate(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the metrics of each clip.

        Args:
            **inputs: `examples` string [B], serialized clip records of more frames than
                the model has past frames.

        Returns:
            float32 [B]: `psnr` (dB), `ssim` (frames of 11 x 11 or more),
            `warping_error` and `warping_error_real` (0 where there is no visible
            pixel), as `v2v_tf.metrics` defines them, and `num_frames`, how many were
            generated.
        """
        names = [name for name in METRICS if self._has_ssim or name != "ssim"]
        return tf.map_fn(
            self._of_clip,
            inputs["examples"],
            fn_output_signature={n: tf.TensorSpec([], tf.float32) for n in names},
            parallel_iterations=1,
        )

    def _of_clip(self, serialized: tf.Tensor) -> Tensors:
        clip = self._decoder.decode(tf.zeros([2], tf.int32), serialized)
        n = self.module.state_format.history
        length = tf.shape(clip["conditions"])[0]
        message = f"examples: expected clips of more than {n} frames, got one of"
        with tf.control_dependencies([wire_checks.check(length > n, message, length)]):
            clip = {name: tf.identity(tensor) for name, tensor in clip.items()}
        fake = self._generated(clip)
        real, flow = clip["frames"][n:], clip["flow"][n:]
        visible = clip["flow_confidence"][n:, ..., 0] > 0.5
        metrics = {
            "psnr": tf.reduce_mean(tf.image.psnr(fake, real, 255)),
            "warping_error": _warping_error(fake, flow, visible),
            "warping_error_real": _warping_error(real, flow, visible),
            "num_frames": tf.cast(length - n, tf.float32),
        }
        if self._has_ssim:
            metrics["ssim"] = tf.reduce_mean(tf.image.ssim(fake, real, 255))
        return metrics

    def _generated(self, clip: Tensors) -> tf.Tensor:
        """Returns uint8 [T - n + 1, H, W, 3], from the first frames of the clip."""
        module, n = self.module, self.module.state_format.history
        tensors = {"conditions": clip["conditions"][None]}
        if module.state_format.uses_instances:
            tensors["instances"] = clip["instances"][None]
        first = {name: tensor[:, :n] for name, tensor in tensors.items()}
        if module.styles is not None:
            shown = {**first, "frames": clip["frames"][None, :n]}
            first |= module.styles.styles_from_frames(**shown)
        if module.takes_frames:
            first["frames"] = clip["frames"][None, :n]
            states = module.init_states_from_frames(**first)
        else:
            states = module.init_states(**first)
        rest = tensors.get("instances")
        frames, _ = module.roll_out(
            states,
            tensors["conditions"][:, n:],
            None if rest is None else rest[:, n:],
        )
        return frames[0]


def _warping_error(frames: tf.Tensor, flow: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
    """Returns `metrics.temporal.warping_error`, 0 where no pixel is visible."""

    def measured() -> tf.Tensor:
        weight = tf.cast(visible, tf.float32)
        difference = tf.reduce_mean(warping_difference(frames, flow), axis=-1)
        total = tf.reduce_sum(difference * weight)
        return tf.math.divide_no_nan(total, 255.0 * tf.reduce_sum(weight))

    return tf.cond(tf.shape(frames)[0] > 1, measured, lambda: tf.constant(0.0))
