"""From a trained run to generated frames: whole clips or frame by frame."""
