"""What is open without signing in: the Activation page's verb."""
