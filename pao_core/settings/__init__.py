"""Settings: what the people of a site look after themselves."""
