"""The image generator (pix2pixHD) that makes first frames, or every frame."""
