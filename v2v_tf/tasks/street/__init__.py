"""Conditions on label maps and instance maps."""
