"""The errors of the algorithm, by the names that its container's toolkit has for them."""

from __future__ import annotations


class UserError(Exception):
    """Raised when the job's hyperparameters, channels or data do not allow a training."""


class AlgorithmError(Exception):
    """Raised when XGBoost itself fails on what is valid otherwise."""
