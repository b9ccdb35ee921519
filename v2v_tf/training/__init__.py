"""Walks a curriculum of stages with plain `fit`."""
