"""Changes the labels of a clip, such as buildings to trees."""
