"""The frames that come next: forecast labels, then generated frames."""
