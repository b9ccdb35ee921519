"""Loads configurations: typed defaults, YAML with overrides only, and checks."""

from v2v_tf.config.networks import (
    DiscriminatorConfig,
    FirstFrameConfig,
    GeneratorConfig,
    StyleConfig,
)
from v2v_tf.config.plugins import MODELS, TASKS, Blocks
from v2v_tf.config.schema import (
    PRECISIONS,
    PRESET_FOLDERS,
    Config,
    DataConfig,
    ResizeConfig,
    load,
    load_config,
    presets,
    to_plain,
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
    "MODELS",
    "PRECISIONS",
    "PRESET_FOLDERS",
    "TASKS",
    "Blocks",
    "Config",
    "DataConfig",
    "DiscriminatorConfig",
    "FirstFrameConfig",
    "GeneratorConfig",
    "LossConfig",
    "OptimizerConfig",
    "PreviewConfig",
    "ResizeConfig",
    "RuntimeConfig",
    "StageConfig",
    "StyleConfig",
    "load",
    "load_config",
    "presets",
    "to_plain",
    "to_yaml",
]
