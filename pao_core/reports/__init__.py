"""Reports: views of them that people keep, and what is made of a view."""
