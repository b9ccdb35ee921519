"""Reads sources, prepares clip records of them, and feeds them to training."""
