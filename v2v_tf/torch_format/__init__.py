"""Reads the two file formats of PyTorch without PyTorch, and runs nothing in them."""
