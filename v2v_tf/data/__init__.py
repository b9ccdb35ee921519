"""Clip records, the sources they are made of, and the input pipeline."""
