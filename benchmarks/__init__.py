"""Measures against the budgets of the house: `make bench`. Ratios are taken side by side in one run."""
