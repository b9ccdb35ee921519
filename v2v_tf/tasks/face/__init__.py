"""Conditions on 68 landmarks, as an edge plane and distance planes."""
