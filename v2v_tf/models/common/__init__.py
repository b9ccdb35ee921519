"""Parts that model families share: discriminators, optimisers, the training step."""
