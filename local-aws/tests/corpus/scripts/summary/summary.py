"""Summarise the harvest: the entry point of a source folder that brings a module and requirements."""

import argparse
import json
from pathlib import Path

import pandas as pd
from words import describe

parser = argparse.ArgumentParser()
parser.add_argument("--title", required=True)
options = parser.parse_args()
(source,) = Path("/opt/ml/processing/input/data").iterdir()
report = {"title": options.title, "text": describe(pd.read_csv(source))}
Path("/opt/ml/processing/summary/summary.json").write_text(json.dumps(report))
