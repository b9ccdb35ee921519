"""vid2vid: the sequential generator, its discriminators and its training."""
