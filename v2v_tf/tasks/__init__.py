"""Tasks: one home for everything that is known of a kind of condition."""
