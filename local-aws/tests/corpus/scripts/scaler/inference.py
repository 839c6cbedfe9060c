"""Scale features; the container's own function writes them, in the type that the next container reads."""

from io import StringIO
from pathlib import Path

import joblib
import pandas as pd


def model_fn(model_dir):
    """Return what the training script has fitted."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body, content_type):
    """Return the rows of a CSV."""
    if content_type.partition(";")[0] != "text/csv":
        raise ValueError(f"{content_type} is not read here")
    return pd.read_csv(StringIO(body), header=None).to_numpy()


def predict_fn(rows, model):
    """Return the rows scaled."""
    return model.transform(rows)
