"""Serve a model that has been repacked with this script; what it does not define is left to the container."""

import json
from pathlib import Path

import joblib


def model_fn(model_dir):
    """Return the trained model."""
    return joblib.load(Path(model_dir) / "model.joblib")


def output_fn(scores, accept):
    """Return the scores as JSON lines."""
    return "\n".join(json.dumps({"score": round(float(score), 3)}) for score in scores), accept
