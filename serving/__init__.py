"""Serves exported models by TensorFlow Serving's protocol, and holds its clients.

The server needs TensorFlow, gRPC and a SavedModel; nothing of training.
"""
