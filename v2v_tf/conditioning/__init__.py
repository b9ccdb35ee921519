"""Conditioning of every task: planes that are drawn, channels they encode to."""
