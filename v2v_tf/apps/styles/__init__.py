"""Styles of a training set: fitted, sampled, chosen and shown."""
