"""Home: the first look of the day."""
