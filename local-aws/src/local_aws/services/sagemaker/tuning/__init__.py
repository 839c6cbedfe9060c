"""Hyperparameter tuning jobs: training jobs with other hyperparameters each, and the best of them."""
