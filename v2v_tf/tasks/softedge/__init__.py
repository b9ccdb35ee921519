"""Conditions on soft edges: how sure each pixel lies on a contour."""
