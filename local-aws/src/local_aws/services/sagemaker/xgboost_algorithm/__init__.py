"""SageMaker's built-in XGBoost algorithm: what its container trains without a user's script."""
