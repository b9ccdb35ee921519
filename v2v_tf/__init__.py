"""Synthesizes video from video (vid2vid, Wang et al., NeurIPS 2018) in TensorFlow.

The names below are the public ones; everything else is reached by module path. They
are imported on first use, so that `import v2v_tf` is quick.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from v2v_tf import compat

# gRPC, where a process has used it, starts its threads again in every child that is
# forked, and they write into the messages of ffmpeg. Nothing here needs them there.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

compat.ask_for_keras_2()

__version__ = "0.1.0"  # the one place: the metadata of the package read it here

_EXPORTS = {
    "Config": "v2v_tf.config",
    "load": "v2v_tf.config",
    "load_config": "v2v_tf.config",
    "InputError": "v2v_tf.errors",
    "backward_warp": "v2v_tf.layers.warp",
    "prepare": "v2v_tf.data.prepare.prepare",
    "make_dataset": "v2v_tf.data.input.dataset",
    "Vid2Vid": "v2v_tf.models.vid2vid.model",
    "FirstFrameModel": "v2v_tf.models.first_frame.model",
    "train": "v2v_tf.training.trainer",
    "Synthesizer": "v2v_tf.inference.synthesizer",
    "FrameByFrame": "v2v_tf.inference.frame_by_frame",
    "load_synthesizer": "v2v_tf.inference.loading",
    "generate": "v2v_tf.inference.generation",
    "from_pretrained": "v2v_tf.apps.generation.pretrained",
    "save_pretrained": "v2v_tf.apps.packs.saving",
    "PackTexts": "v2v_tf.apps.packs.saving",
    "Wishes": "v2v_tf.apps.generation.from_source",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'v2v_tf' has no attribute '{name}'")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
