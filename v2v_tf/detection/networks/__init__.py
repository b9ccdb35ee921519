"""Networks that a user brings: one picture in, a map of classes or of depths out."""
