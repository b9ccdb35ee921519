"""Conditions of raw videos, found by networks, in the layout that `prepare` reads."""
