"""Predictions in SQL: text generated from the feature contract, run through Athena."""
