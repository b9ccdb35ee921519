"""Generates frames with a trained run: whole clips or frame by frame."""
