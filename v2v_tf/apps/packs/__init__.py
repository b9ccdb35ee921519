"""Packs of trained models: made of runs, found, fetched; see `storage.packs`."""
