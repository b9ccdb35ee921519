"""Losses by name; weights are applied where they are summed."""
