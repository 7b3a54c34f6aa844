"""What is open without signing in: Tour, Request access, Activation, a new password; and the guide of the first steps."""
