"""Split the harvest into train, validation, test and batch rows: label first, no header."""

import argparse
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.datasets import dump_svmlight_file
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

WORK = Path("/opt/ml/processing")

parser = argparse.ArgumentParser()
parser.add_argument("--label", default="score")
parser.add_argument("--train-share", type=float, default=0.6)
options = parser.parse_args()

(source,) = (WORK / "input/data").iterdir()
harvest = pd.read_csv(source)
labels = harvest[["score", "exported"]]
measures = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
columns = ColumnTransformer(
    [("measures", measures, ["altitude", "moisture"]), ("origin", OneHotEncoder(sparse_output=False), ["origin"])]
)
rows = pd.DataFrame(columns.fit_transform(harvest))
rows.insert(0, "label", labels[options.label].to_numpy())
first, second = int(options.train_share * len(rows)), int(0.8 * len(rows))
parts = {"train": rows[:first], "validation": rows[first:second], "test": rows[second:]}
for name, part in parts.items():
    if (WORK / name).is_dir():
        part.to_csv(WORK / name / f"{name}.csv", header=False, index=False)
if (WORK / "parquet").is_dir():
    parts["train"].rename(columns=str).to_parquet(WORK / "parquet/train.parquet")
if (WORK / "libsvm").is_dir():
    dump_svmlight_file(parts["train"].drop(columns="label"), parts["train"]["label"], str(WORK / "libsvm/train.libsvm"))
if (WORK / "batch").is_dir():
    batch = parts["test"].drop(columns="label")
    batch.insert(0, "id", range(len(batch)))
    batch.to_csv(WORK / "batch/batch.csv", header=False, index=False)
