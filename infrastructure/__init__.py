"""The deployment: its templates and names, and the code that updates, checks and removes it."""
