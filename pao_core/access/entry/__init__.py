"""Coming in: passwords and second factors, one-time links, sessions, throttling, company accounts."""
