"""Serving by a user's script, as SageMaker's framework containers do it."""
