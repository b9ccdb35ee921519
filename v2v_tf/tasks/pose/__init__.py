"""Pose: DensePose and OpenPose as six planes."""
