"""Conditions on Canny edges of any frame."""
