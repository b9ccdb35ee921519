"""What comes next: labels by the forecaster, frames by the model that draws them."""
