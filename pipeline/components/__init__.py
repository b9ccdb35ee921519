"""Components that TFX does not have, or not as this pipeline needs them."""
