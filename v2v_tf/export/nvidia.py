"""Reads checkpoints of NVIDIA/vid2vid, see `v2v_tf.published.nvidia`.

The readers live in `v2v_tf.published`; version 0.1 documented them under this path.
"""

from v2v_tf.published.nvidia import load_generator, load_network

__all__ = ["load_generator", "load_network"]
