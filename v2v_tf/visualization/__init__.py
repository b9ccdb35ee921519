"""Pictures and videos of conditions, frames, flow and masks."""
