"""Renewals: open lines of renewal quotes, when they fall due, and what waiting costs."""
