"""Customers: who they are and what they did."""
