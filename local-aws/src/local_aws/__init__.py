"""AWS on loopback that really does the work: no account, no Docker, no network."""
