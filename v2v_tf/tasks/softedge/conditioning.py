"""Draws soft edges: edge maps of all grey levels, as `edge_map_conditioning` does."""

from __future__ import annotations

from v2v_tf.tasks.edge_map_conditioning import EdgeMapConditioning


class SoftEdgeConditioning(EdgeMapConditioning):
    """Soft edges, one plane: 0 where there is none, 255 where one surely is."""

    task = "softedge"
