"""Code of the SageMaker Processing containers: feature engineering and evaluation, and the contract they share."""
