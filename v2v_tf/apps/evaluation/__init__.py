"""All metrics of a model, and of the methods it is compared with."""
