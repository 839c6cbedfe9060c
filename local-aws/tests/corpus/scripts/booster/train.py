"""Train with the XGBoost image as a framework, with a checkpoint."""

import argparse
import os
from pathlib import Path

import pandas as pd
import xgboost

parser = argparse.ArgumentParser()
parser.add_argument("--num_round", type=int, default=5)
parser.add_argument("--objective")
options, _ = parser.parse_known_args()
(file,) = Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir()
rows = pd.read_csv(file, header=None)
matrix = xgboost.DMatrix(rows.iloc[:, 1:].to_numpy(), label=rows[0])
model = xgboost.train({"objective": options.objective}, matrix, options.num_round)
model.save_model("/opt/ml/checkpoints/round.json")
model.save_model(Path(os.environ["SM_MODEL_DIR"]) / "xgboost-model")
