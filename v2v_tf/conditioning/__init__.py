"""Conditioning of every task: planes that are drawn, channels they encode to.

`registry.create(config)` gives the conditioning of a task; `base` says what it offers.
"""
