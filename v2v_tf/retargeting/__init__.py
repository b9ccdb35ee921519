"""Somebody else's poses or landmarks, fitted to the person a model was trained on."""
