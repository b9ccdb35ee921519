"""Serving exported models: a server of TensorFlow Serving's protocol, and clients.

The server needs TensorFlow, gRPC and a SavedModel; nothing of training.
"""
