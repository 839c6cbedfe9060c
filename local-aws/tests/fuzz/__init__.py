"""Malformed requests against every operation, from a seed."""
