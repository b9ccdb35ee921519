"""Clip records: what one holds, which are fit to be trained on, how they are opened."""
