"""Writes the page of a run: losses, numbers and videos in one file."""
