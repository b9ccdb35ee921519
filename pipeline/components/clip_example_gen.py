"""ClipExampleGen makes examples of a source of frames, or of ready clip records.

Frames become records by the code of `v2v-tf prepare`, which writes them itself: records
never cross a shuffle, so that memory stays flat. Sequences are split as a whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from absl import logging
from google.protobuf import wrappers_pb2
from tfx import v1 as tfx

from pipeline import clip_records, tfx_private
from pipeline.configs import parse_config
from pipeline.tfx_private import ArtifactLists
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.prepare.summary import PrepareSummary
from v2v_tf.data.records.manifest import MANIFEST, SPLITS, Manifest, read_manifest
from v2v_tf.errors import InputError

# What its driver looks at to tell whether a source has changed: files this deep.
_DEEPEST = 6
_NAMED = 10


class Executor(tfx_private.BaseBeamExecutor):
    """Writes the records of a source into its artifact."""

    def Do(  # noqa: N802
        self,
        input_dict: ArtifactLists,
        output_dict: ArtifactLists,
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the records of the source, split into `train` and `eval`.

        Raises:
            InputError: no clip can be used, or more are bad than
                `data.max_bad_fraction`; the message names files.
        """
        examples = tfx_private.only(output_dict, "examples")
        source = Path(exec_properties["input_base"])
        output = Path(examples.uri)
        config = parse_config(_text(exec_properties))
        if (source / MANIFEST).is_file():
            clip_records.copy(source, output, config)
        else:
            beam_args = tfx_private.beam_args_of(self)
            summary = prepare(source, output, config, beam_args)
            _refuse_too_many(summary)
            _warn(summary)
            examples.set_int_custom_property("num_quarantined", len(summary.lost))
        _require_both_splits(read_manifest(output))
        splits = clip_records.arrange_splits(output)
        tfx_private.mark_splits(examples, splits)
        manifest = read_manifest(output)
        for name in splits:
            number = len(manifest.split(name).clips)
            examples.set_int_custom_property(f"num_{name}_clips", number)
            logging.info("%d clips in split %s", number, name)


class ClipExampleGen(tfx_private.FileBasedExampleGen):
    """Ingests clips as examples.

    Args:
        source: folder as `v2v-tf prepare` takes it, or one that it wrote; a string or
            a RuntimeParameter.
        records_config: YAML of the part of the configuration that records depend on,
            from `configs.records_yaml`.
    """

    EXECUTOR_SPEC = tfx_private.BeamExecutorSpec(Executor)

    def __init__(self, source: Any, records_config: str) -> None:
        custom = tfx.proto.CustomConfig()
        custom.custom_config.Pack(wrappers_pb2.StringValue(value=records_config))
        # Not for reading: the driver takes sizes and times of these files, and the
        # cache holds while they stay.
        patterns = ["/".join("*" * depth) for depth in range(1, _DEEPEST + 1)]
        super().__init__(
            input_base=source,
            input_config=tfx.proto.Input(
                splits=[
                    tfx.proto.Input.Split(name=f"depth_{depth}", pattern=pattern)
                    for depth, pattern in enumerate(patterns, 1)
                ]
            ),
            output_config=tfx.proto.Output(
                split_config=tfx.proto.SplitConfig(
                    splits=[
                        tfx.proto.SplitConfig.Split(name=name, hash_buckets=1)
                        for name in ("train", "eval")
                    ]
                )
            ),
            custom_config=custom,
        )


def _require_both_splits(manifest: Manifest) -> None:
    counts = {n: len(s.clips) for n, s in manifest.splits.items()}
    missing = [name for name in SPLITS if not counts.get(name)]
    if missing:
        raise InputError(
            f"no clip for {' and '.join(missing)}: a pipeline trains on some sequences "
            "and evaluates on others, and a sequence is never split: give two or more, "
            "or other values of data.eval_fraction"
        )


def _text(exec_properties: dict[str, Any]) -> str:
    custom = tfx_private.message_property(
        exec_properties["custom_config"], tfx.proto.CustomConfig()
    )
    text = wrappers_pb2.StringValue()
    custom.custom_config.Unpack(text)
    return text.value


def _warn(summary: PrepareSummary) -> None:
    """Says what training would likely suffer from; `quarantine.jsonl` keeps it."""
    noted = [f"{note.path}: {note.reason}" for note in summary.notes]
    for line in (*summary.doubts, *noted[:_NAMED]):
        logging.warning("%s", line)
    if len(noted) > _NAMED:
        logging.warning("and %d more", len(noted) - _NAMED)


def _refuse_too_many(summary: PrepareSummary) -> None:
    if summary.accepted:
        return
    named = [f"{bad.path}: {bad.reason}" for bad in summary.lost[:_NAMED]]
    more = len(summary.lost) - len(named)
    if more > 0:
        named.append(f"and {more} more")
    raise InputError(
        f"{summary.bad_fraction:.1%} of the frames are bad, and "
        f"data.max_bad_fraction is {summary.max_bad_fraction:.1%}: mend or remove "
        "them:\n" + "\n".join(named)
    )
