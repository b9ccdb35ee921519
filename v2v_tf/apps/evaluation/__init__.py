"""Measures a model, and the methods it is compared with."""
