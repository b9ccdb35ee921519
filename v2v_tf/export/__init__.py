"""Checkpoints of the original PyTorch project, read without PyTorch."""
