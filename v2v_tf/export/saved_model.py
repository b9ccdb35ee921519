"""Exports a run as a SavedModel that needs nothing but TensorFlow.

An output folder holds numbered versions, as TensorFlow Serving reads them. A version
appears when it is complete. Beside the graph and the weights, in `assets.extra/`:
`config.yaml` (effective), `metadata.json` (what each signature takes and gives),
`labels.json`, `model_card.md`, and warm-up requests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from v2v_tf.config import Config, to_yaml
from v2v_tf.data.records.folder import plan_clips
from v2v_tf.data.records.manifest import SPLITS, read_manifest
from v2v_tf.errors import InputError
from v2v_tf.export import descriptions, warmup, weights
from v2v_tf.export.evaluation_signature import EvaluationSignature
from v2v_tf.export.model_card import model_card
from v2v_tf.export.serving_module import ServingModule
from v2v_tf.export.signatures import Signature, signatures
from v2v_tf.export.versions import (
    EXTRA,
    METADATA_FILE,
    MODEL_FILE,
    WARMUP_FILE,
    versions,
)
from v2v_tf.export.wire_states import FRAME_DTYPES
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.style_mixture import load_mixture
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.storage import runs
from v2v_tf.storage.folders import making
from v2v_tf.training.run_state import trained_sizes

LABELS_FILE = "labels.json"
CARD_FILE = "model_card.md"


@dataclass(frozen=True)
class ExportOptions:
    """Holds the options of an export.

    Attributes:
        precision: precision of stored weights and computation, `float32` or
            `bfloat16`; None for bfloat16 where the run was trained in it, else float32.
        freeze: write the weights as constants into `generate_frame` and
            `generate_clip`, which costs another copy of them for each.
        state_dtype: type of the past frames in states: `float32`, or `float16` or
            `uint8`, which are smaller and let frames drift.
        version: number of the version, 1 or more; None for one above the highest.
        data: folder of clip records whose sizes `evaluate` takes; None for those that
            the run was trained on.

    Raises:
        InputError: a value is none of these.

    Example:
        ```python
        >>> ExportOptions(state_dtype="float16", version=3).freeze
        False
        ```
    """

    precision: str | None = None
    freeze: bool = False
    state_dtype: str = "float32"
    version: int | None = None
    data: Path | None = None

    def __post_init__(self) -> None:
        for what, value, known in (
            ("precision", self.precision, (None, *weights.PRECISIONS)),
            ("state_dtype", self.state_dtype, FRAME_DTYPES),
        ):
            if value not in known:
                names = ", ".join(name for name in known if name)
                raise InputError(f"{what} must be one of {names}, got '{value}'")
        if self.version is not None and self.version < 1:
            raise InputError(f"a version must be 1 or more, got {self.version}")


def export(
    run_dir: str | Path,
    output: str | Path,
    *,
    first_frame_model: str | Path | None = None,
    options: ExportOptions = ExportOptions(),
) -> Path:
    """Writes the newest checkpoint of a run as a version of a model.

    Args:
        run_dir: folder of a run of a video model, from `v2v-tf train` or
            `v2v-tf import-nvidia`.
        output: folder of the model's versions; it is made.
        first_frame_model: folder of a run of a first_frame model, which then makes the
            first frames of videos; None for the one that the run brings, or else to be
            given them.
        options: precision, version and all else.

    Returns:
        The folder of the version.

    Raises:
        InputError: there is no run or no checkpoint, the version exists, or the two
            models do not go together.

    Example:
        ```python
        >>> from pathlib import Path
        >>> folder = export("runs/toy", "models/street")
        >>> folder == Path("models/street/1")
        True
        ```
    """
    run_dir, output = Path(run_dir), Path(output)
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file: name a folder with --output")
    version = options.version or 1 + max(versions(output), default=0)
    final = output / str(version)
    if final.exists():
        raise InputError(
            f"{final} exists, and a version is never replaced: leave --version out, or "
            "name another"
        )
    module, config, precision = load_module(run_dir, first_frame_model, options)
    sizes = _record_sizes(run_dir, options.data)
    evaluation = EvaluationSignature(module, config, sizes) if sizes else None
    found = signatures(module, evaluation)
    traced = _trace(found, options.freeze)

    with making(final) as working:
        # Nobody differentiates through a served model.
        saving = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(module, str(working), traced, saving)
        _forget_gradients(working / MODEL_FILE)
        facts = descriptions.metadata(
            module,
            found,
            traced,
            config,
            precision=precision,
            frozen=options.freeze,
            training_labels=runs.training_labels(run_dir),
            sizes=trained_sizes(run_dir),
        )
        extra = working / EXTRA
        extra.mkdir()
        texts = {
            runs.CONFIG_FILE: to_yaml(config),
            METADATA_FILE: json.dumps(facts, indent=1),
            LABELS_FILE: json.dumps(descriptions.labels(config), indent=1),
            CARD_FILE: model_card(run_dir, config, facts),
        }
        for name, text in texts.items():
            (extra / name).write_text(text, encoding="utf-8")
        warmup.write(extra / WARMUP_FILE, module, traced, _warmup_size(sizes, config))
    return final


def load_module(
    run_dir: Path, first_frame_model: str | Path | None, options: ExportOptions
) -> tuple[ServingModule, Config, str]:
    """Returns the model of a run as a module, its configuration and the precision."""
    config = runs.load_config(run_dir, needs="can_be_exported")
    bundled = run_dir / runs.FIRST_FRAME_FOLDER
    if first_frame_model is None and bundled.is_dir():
        first_frame_model = bundled
    precision = options.precision
    if precision is None:
        mixed = config.runtime.precision == "mixed_bfloat16"
        precision = "bfloat16" if mixed else "float32"
    first = None
    if first_frame_model is not None:
        first = FrameByFrame.load(first_frame_model, "float32")
    synthesizer = Synthesizer.load(run_dir, "float32", first)
    generator = weights.generator_in(precision, config, synthesizer.generator)
    drawer = None
    if first is not None:
        channels = first.conditioning.num_channels
        drawer = weights.image_network_in(
            precision, first.config, channels, first.generator
        )
    mixture = load_mixture(run_dir, config) if config.style.num_features else None
    module = ServingModule(config, generator, drawer, options.state_dtype, mixture)
    return module, config, precision


def _trace(found: dict[str, Signature], freeze: bool) -> dict[str, Any]:
    traced: dict[str, Any] = {}
    for name, signature in found.items():
        twin = next((n for n in traced if found[n] is signature), None)
        traced[name] = signature.trace() if twin is None else traced[twin]
        if freeze and signature.generates:
            traced[name] = weights.freeze(traced[name])
    return traced


def _forget_gradients(path: Path) -> None:
    """Removes the names of gradients, which loading would miss and warn of."""
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for graph in saved.meta_graphs:
        functions = graph.graph_def.library.function
        for nodes in (graph.graph_def.node, *(f.node_def for f in functions)):
            for node in nodes:
                node.attr.pop("_gradient_op_type", None)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def _record_sizes(run_dir: Path, data: Path | None) -> tuple[tuple[int, int], ...]:
    """Returns (height, width) of the records that `evaluate` is to take."""
    if data is not None:
        splits = read_manifest(data).splits
        found = {
            size for name in SPLITS if name in splits for size in splits[name].sizes
        }
        return tuple(sorted(found))
    return trained_sizes(run_dir)


def _warmup_size(sizes: tuple[tuple[int, int], ...], config: Config) -> tuple[int, int]:
    """Returns (height, width) of frames that the model will likely be asked for."""
    if sizes:
        return plan_clips(sizes, config, training=False).size
    side = 4 * config.size_multiple
    return side, side
