"""Trains and runs the project's own segmentation network."""
