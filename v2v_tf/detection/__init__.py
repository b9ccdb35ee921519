"""Networks that find conditions in frames: what annotations are made by."""
