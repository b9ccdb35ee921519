"""Configures the Evaluator, and defines its one metric: a mean over clips."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from google.protobuf import wrappers_pb2

from pipeline.configs import EvaluationConfig, ThresholdConfig

SIGNATURE = "evaluate"
SLICES = (("task",), ("num_frames",))
_LOWER_IS_BETTER = {"warping_error"}
# Of a clip as it is, to be read beside the model's.
_SHOWN = ("warping_error_real",)


def eval_config(config: EvaluationConfig) -> tfma.EvalConfig:
    """Returns the Evaluator's configuration: metrics, thresholds and slices.

    Bounds of values hold for all clips together; bounds of changes are measured from
    the last blessed model.

    Args:
        config: thresholds of the metrics.
    """
    result = tfma.EvalConfig()
    result.model_specs.add(signature_name=SIGNATURE)
    result.slicing_specs.add()
    for keys in SLICES:
        result.slicing_specs.add(feature_keys=list(keys))
    specs = result.metrics_specs.add()
    thresholds = {threshold.metric: threshold for threshold in config.thresholds}
    for name in ("psnr", "ssim", "warping_error", *_SHOWN):
        metric = specs.metrics.add(
            class_name=ClipMean.__name__,
            module=ClipMean.__module__,
            config=json.dumps({"name": name}),
        )
        if name in thresholds:
            metric.threshold.CopyFrom(_threshold(thresholds[name]))
    result.options.include_default_metrics.CopyFrom(wrappers_pb2.BoolValue(value=False))
    return result


class ClipMean(tfma.metrics.Metric):
    """Averages over clips a number that the model's signature returns for each.

    Args:
        name: name of the output, and of the metric.
    """

    def __init__(self, name: str) -> None:
        super().__init__(_computations, name=name)


def _threshold(config: ThresholdConfig) -> tfma.MetricThreshold:
    threshold = tfma.MetricThreshold()
    if not math.isinf(config.at_least):
        threshold.value_threshold.lower_bound.value = config.at_least
    if not math.isinf(config.at_most):
        threshold.value_threshold.upper_bound.value = config.at_most
    if not math.isinf(config.worse_by):
        lower = config.metric in _LOWER_IS_BETTER
        direction = tfma.MetricDirection
        threshold.change_threshold.direction = (
            direction.LOWER_IS_BETTER if lower else direction.HIGHER_IS_BETTER
        )
        threshold.change_threshold.absolute.value = (
            config.worse_by if lower else -config.worse_by
        )
    return threshold


def _computations(
    name: str,
    eval_config: tfma.EvalConfig | None = None,
    model_names: Iterable[str] = (),
    **_: Any,
) -> list[tfma.metrics.MetricComputation]:
    return [
        tfma.metrics.MetricComputation(
            keys=[tfma.metrics.MetricKey(name=name, model_name=model)],
            preprocessors=None,
            combiner=_Mean(tfma.metrics.MetricKey(name=name, model_name=model)),
        )
        for model in list(model_names) or [""]
    ]


class _Mean(beam.CombineFn):
    """Adds up one output of one model."""

    def __init__(self, key: tfma.metrics.MetricKey) -> None:
        self._key = key

    def create_accumulator(self) -> tuple[float, int]:
        return 0.0, 0

    def add_input(
        self, accumulator: tuple[float, int], inputs: tfma.metrics.StandardMetricInputs
    ) -> tuple[float, int]:
        outputs = inputs.prediction
        # With a baseline, the outputs of each model are under its name.
        if isinstance(outputs.get(self._key.model_name), dict):
            outputs = outputs[self._key.model_name]
        values = np.asarray(outputs[self._key.name], np.float64).ravel()
        return accumulator[0] + float(values.sum()), accumulator[1] + values.size

    def merge_accumulators(
        self, accumulators: Iterable[tuple[float, int]]
    ) -> tuple[float, int]:
        totals, counts = zip(*accumulators, strict=True)
        return sum(totals), sum(counts)

    def extract_output(
        self, accumulator: tuple[float, int]
    ) -> dict[tfma.metrics.MetricKey, float]:
        total, count = accumulator
        return {self._key: total / count if count else math.nan}
