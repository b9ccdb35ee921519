"""Applications of trained models, each behind one command."""
