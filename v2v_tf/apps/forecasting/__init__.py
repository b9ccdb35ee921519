"""Forecasts the frames that come next: label maps first, then generated frames."""
