"""Conditions on DensePose and OpenPose, as six planes."""
