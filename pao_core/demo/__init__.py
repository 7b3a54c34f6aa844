"""Demonstration data: seeded, any size."""
