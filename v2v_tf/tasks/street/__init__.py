"""Street: label maps and instance maps."""
