"""Reads sequences of frames from several layouts on disk."""
