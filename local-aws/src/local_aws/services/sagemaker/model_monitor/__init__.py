"""Model Monitor's work: statistics, suggested constraints and violations of a dataset, and metrics of a model."""
