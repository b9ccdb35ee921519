"""Poses or landmarks of somebody else, fitted to the person of a model."""
