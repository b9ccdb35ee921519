"""Generators, discriminators and the Keras model that trains them."""
