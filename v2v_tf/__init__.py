"""Video-to-video synthesis (vid2vid, Wang et al., NeurIPS 2018) in TensorFlow."""
