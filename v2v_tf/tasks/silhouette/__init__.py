"""Conditions on the silhouette of a person."""
