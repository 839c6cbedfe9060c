"""SHAP values of an XGBoost model, exact by its trees, in the format of SageMaker Clarify's ``analysis.json``.

Clarify itself would approximate them by many requests to an endpoint (Kernel SHAP). Studio reads the global values
below ``explanations.kernel_shap``, whatever made them; so they stand there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost as xgb

FOLDER, ANALYSIS = "explainability", "analysis.json"


def global_shap_values(booster: xgb.Booster, matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean absolute SHAP value of each feature over the rows, and the expected value; both in log-odds."""
    contributions = booster.predict(xgb.DMatrix(matrix), pred_contribs=True)
    return np.abs(contributions[:, :-1]).mean(axis=0), float(contributions[:, -1].mean())


def clarify_analysis(booster: xgb.Booster, matrix: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the content of ``analysis.json``: global SHAP values by feature, the largest first."""
    values, expected = global_shap_values(booster, matrix)
    ranked = {names[place]: float(values[place]) for place in np.argsort(-values, kind="stable")}
    return {
        "version": "1.0",
        "explanations": {"kernel_shap": {"label0": {"global_shap_values": ranked, "expected_value": expected}}},
    }
