"""Serve a forest with functions of its own."""

import json
from io import StringIO
from pathlib import Path

import joblib
import numpy as np
import pandas as pd


def model_fn(model_dir):
    """Return the trained model."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body, content_type):
    """Return the rows of a CSV."""
    return pd.read_csv(StringIO(body), header=None).to_numpy()


def predict_fn(rows, model):
    """Return the scores of rows."""
    return model.predict(rows)


def output_fn(scores, accept):
    """Return the scores as JSON lines."""
    return "\n".join(json.dumps({"score": round(float(score), 3)}) for score in np.ravel(scores)), accept
