"""VideoSetMetrics generates held-out clips with the exported model, and measures them.

It adds what the Evaluator's mean over clips does not say: contrast, sharpness and drift
of the set against those of the real one, the spread between clips, and videos to see.
"""

# Not postponed: TFX reads the annotations.
import json
from pathlib import Path

from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Examples, Model

from pipeline import tfx_private
from pipeline.artifacts import VideoMetrics
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.export.exported_model import ExportedModel
from v2v_tf.inference.generation import measure, moments_sheet, tiles
from v2v_tf.metrics.summary import mean_of
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_png, write_video

METRICS_FILE = "metrics.json"
_SPLIT = "eval"
_FPS = 12.0


@component
def VideoSetMetrics(  # noqa: N802
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    metrics: OutputArtifact[VideoMetrics],
    num_clips: Parameter[int] = 4,
) -> None:
    """Generates held-out clips with the model's own signatures and measures them.

    Writes `metrics.json` (of each clip, and of the set: mean, and for PSNR the worst
    clip) and for each clip `panels.mp4`, `video.mp4` and `sheet.png`.

    Args:
        examples: clip records; those of the split `eval` are used.
        model: model of the Trainer.
        metrics: artifact that is written.
        num_clips: largest number of clips to generate.
    """
    folder = Path(metrics.uri)
    exported = ExportedModel(tfx_private.serving_model(model))
    config, history = exported.config, exported.config.history
    found: dict[str, dict[str, float]] = {}
    for clip in read_clips(examples.uri, config, _SPLIT):
        if len(clip) <= history or len(found) == num_clips:
            continue
        name = clip.clip_id
        result = exported.rollout(clip.arrays())
        pictures = tiles(clip, result, config, history)
        write_video(folder / name / "video.mp4", result.fake_frames, _FPS)
        write_video(folder / name / "panels.mp4", panel_video(pictures), _FPS)
        rows = ("condition", "real", "fake")
        write_png(folder / name / "sheet.png", moments_sheet(pictures, history, rows))
        found[name] = measure(clip, result, config, history)
    summary = of_set(list(found.values()))
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"set": summary, "clips": found}, indent=1)
    (folder / METRICS_FILE).write_text(text, encoding="utf-8")
    for key, value in summary.items():
        metrics.set_float_custom_property(key, value)


def of_set(clips: list[dict[str, float]]) -> dict[str, float]:
    """Returns the metrics of a set of clips.

    Args:
        clips: metrics of each clip, from `metrics.summary.evaluate_clip`; one or
            more.

    Returns:
        The means, `psnr_worst` (dB), and `contrast_of_real` and `sharpness_of_real`:
        those of all generated clips together over those of all real ones, 1 is ideal.
    """
    summary = mean_of(clips)
    summary["psnr_worst"] = min(clip["psnr"] for clip in clips)
    for name in ("contrast", "sharpness"):
        real = summary[f"{name}_real"]
        if real > 0:
            summary[f"{name}_of_real"] = summary[name] / real
    return summary
