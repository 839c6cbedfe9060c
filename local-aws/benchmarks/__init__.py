"""Measurements of the server: each module is a program that prints a table."""
