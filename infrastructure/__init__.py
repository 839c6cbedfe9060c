"""The deployment: its templates and names, and what brings it up to date, checks it and removes it."""
