"""How a ClarifyCheck step tells its job which model to ask: the step has its name, the configuration has not."""

from __future__ import annotations

MODEL_NAME = "predictor_model_name"
"""The job's variable with the name."""
