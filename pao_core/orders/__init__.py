"""Orders: what was bought, when and by whom."""
