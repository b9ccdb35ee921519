"""Defines, checks and opens clip records."""
