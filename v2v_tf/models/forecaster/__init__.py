"""The forecaster of label maps."""
