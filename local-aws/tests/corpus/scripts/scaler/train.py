"""Fit what scales features: a training script of the scikit-learn image."""

import argparse
import os
from pathlib import Path

import joblib
import pandas as pd
from sklearn.preprocessing import MinMaxScaler

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    options, _ = parser.parse_known_args()
    (file,) = Path(options.train).iterdir()
    features = pd.read_csv(file, header=None).iloc[:, 1:].to_numpy()
    joblib.dump(MinMaxScaler().fit(features), Path(options.model_dir) / "model.joblib")
