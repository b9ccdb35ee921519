"""The project's own segmentation network, trained on real clips."""
