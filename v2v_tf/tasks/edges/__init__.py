"""Edges: Canny edges of any frame."""
