"""What several model families share: discriminators, optimizers, the training step."""
