"""Checkpoints that NVIDIA/vid2vid and pix2pixHD published, loaded without PyTorch."""
