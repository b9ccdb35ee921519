"""Defines the command `v2v-tf`: thin sub-commands over the library."""
