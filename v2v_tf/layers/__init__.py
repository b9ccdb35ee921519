"""Layers with the exact padding, normalisation and warp of the method."""
