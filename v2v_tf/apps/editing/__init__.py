"""Other labels for a clip: buildings to trees, trees to buildings."""
