"""Exports trained models as SavedModels, and runs them."""
