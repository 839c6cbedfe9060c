"""Train a forest, and serve it: a training and a serving script of the scikit-learn image."""

import argparse
import os
from pathlib import Path

import joblib
import pandas as pd
from labels import split
from sklearn.ensemble import RandomForestRegressor


def model_fn(model_dir):
    """Return the trained model."""
    return joblib.load(Path(model_dir) / "model.joblib")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, default=5)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    options, _ = parser.parse_known_args()
    (file,) = Path(options.train).iterdir()
    features, label = split(pd.read_csv(file, header=None))
    model = RandomForestRegressor(options.trees, random_state=0).fit(features, label)
    print(f"train-r2={model.score(features, label):.4f};")
    joblib.dump(model, Path(options.model_dir) / "model.joblib")
