"""Memory: what a machine has of it, what takes it, and what to say when it is gone."""
