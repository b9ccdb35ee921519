"""Draws a procedural street with exact labels, instances and flow."""
