"""Configuration: typed defaults, YAML with overrides only, and its checks."""

from v2v_tf.config.conditioning import (
    ConditioningConfig,
    EdgesConfig,
    FaceConfig,
    PoseConfig,
    StreetConfig,
)
from v2v_tf.config.networks import (
    DiscriminatorConfig,
    FirstFrameConfig,
    GeneratorConfig,
    StyleConfig,
)
from v2v_tf.config.schema import (
    PRECISIONS,
    PRESET_FOLDERS,
    TASKS,
    Config,
    DataConfig,
    ResizeConfig,
    load,
    presets,
    to_yaml,
)
from v2v_tf.config.training import (
    LossConfig,
    OptimizerConfig,
    PreviewConfig,
    RuntimeConfig,
    StageConfig,
)

__all__ = [
    "PRECISIONS",
    "PRESET_FOLDERS",
    "TASKS",
    "ConditioningConfig",
    "Config",
    "DataConfig",
    "DiscriminatorConfig",
    "EdgesConfig",
    "FaceConfig",
    "FirstFrameConfig",
    "GeneratorConfig",
    "LossConfig",
    "OptimizerConfig",
    "PoseConfig",
    "PreviewConfig",
    "ResizeConfig",
    "RuntimeConfig",
    "StageConfig",
    "StreetConfig",
    "StyleConfig",
    "load",
    "presets",
    "to_yaml",
]
