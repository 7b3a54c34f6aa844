"""Prices > Price files."""
