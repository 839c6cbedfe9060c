"""Clarify's work: bias metrics of a dataset's labels and of a model's predictions."""
