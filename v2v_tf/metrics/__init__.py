"""Computes image and temporal metrics on uint8 frames / 255."""
