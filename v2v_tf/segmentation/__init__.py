"""The project's own small segmentation network: it judges generated frames."""
