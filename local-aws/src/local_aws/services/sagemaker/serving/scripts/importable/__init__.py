"""Packages that scripts of the framework containers import by these names: the folder is on their path."""
