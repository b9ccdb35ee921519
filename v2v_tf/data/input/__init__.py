"""From clip records to batches of clips, and from a source to a stream of frames."""
