"""Prices: the price files and what is in them."""
