"""Reads clip records as batches of clips, and sources as streams of frames."""
