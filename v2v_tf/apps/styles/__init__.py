"""Fits, samples and shows the styles of a training set."""
