"""Roll-out of a trained generator over conditions."""
