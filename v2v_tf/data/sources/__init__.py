"""Sources: layouts on disk from which sequences of frames are read."""
