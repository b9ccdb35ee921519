import math

import numpy as np
import pytest
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types

from pipeline.configs import EvaluationConfig, ThresholdConfig
from pipeline.evaluation import ClipMean, eval_config

CONFIG = EvaluationConfig(
    thresholds=(
        ThresholdConfig("psnr", at_least=14.0, worse_by=0.3),
        ThresholdConfig("warping_error", at_most=0.08, worse_by=0.005),
    )
)


def _threshold(config, name):
    (spec,) = config.metrics_specs
    (metric,) = (m for m in spec.metrics if f'"{name}"' in m.config)
    return metric.threshold


def test_higher_is_better_may_drop_a_little():
    threshold = _threshold(eval_config(CONFIG), "psnr")
    assert threshold.value_threshold.lower_bound.value == 14.0
    assert not threshold.value_threshold.HasField("upper_bound")
    change = threshold.change_threshold
    assert change.direction == tfma.MetricDirection.HIGHER_IS_BETTER
    assert change.absolute.value == -0.3


def test_lower_is_better_may_rise_a_little():
    threshold = _threshold(eval_config(CONFIG), "warping_error")
    assert threshold.value_threshold.upper_bound.value == 0.08
    change = threshold.change_threshold
    assert change.direction == tfma.MetricDirection.LOWER_IS_BETTER
    assert change.absolute.value == 0.005


def test_a_metric_without_a_threshold_is_shown():
    config = eval_config(CONFIG)
    assert not _threshold(config, "ssim").ByteSize()
    assert not _threshold(config, "warping_error_real").ByteSize()


def test_slices_are_all_clips_tasks_and_lengths():
    keys = [list(spec.feature_keys) for spec in eval_config(CONFIG).slicing_specs]
    assert keys == [[], ["task"], ["num_frames"]]


@pytest.mark.parametrize("model", ["", "candidate"])
def test_the_mean_is_over_clips(model):
    metric = ClipMean(name="psnr")
    (computation,) = metric.computations(model_names=[model])
    combiner = computation.combiner
    parts = []
    for batch in ([10.0, 13.0], [22.0]):
        accumulator = combiner.create_accumulator()
        for value in batch:
            outputs = {"psnr": np.array([value]), "ssim": np.array([0.5])}
            if model:
                outputs = {model: outputs, "baseline": {"psnr": np.array([99.0])}}
            inputs = metric_types.StandardMetricInputs(prediction=outputs)
            accumulator = combiner.add_input(accumulator, inputs)
        parts.append(accumulator)
    (value,) = combiner.extract_output(combiner.merge_accumulators(parts)).values()
    assert value == 15.0


def test_the_mean_of_no_clip_is_no_number():
    (computation,) = ClipMean(name="psnr").computations(model_names=[""])
    combiner = computation.combiner
    (value,) = combiner.extract_output(combiner.create_accumulator()).values()
    assert math.isnan(value)
