"""Networks that find people in frames: what annotations are made by."""
