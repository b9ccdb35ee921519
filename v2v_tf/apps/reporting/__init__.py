"""The page of a run: losses, numbers and videos in one file."""
