"""Depth: depth maps, one number a pixel."""
