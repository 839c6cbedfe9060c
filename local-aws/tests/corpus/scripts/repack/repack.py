"""Put a serving script into a model's archive, as the training job does that the SDK adds for such models."""

import argparse
import shutil
import tarfile
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--script", required=True)
parser.add_argument("--archive", required=True, help="name or address of the archive in the channel")
options = parser.parse_args()

made = Path("/opt/ml/model")
with tarfile.open(Path("/opt/ml/input/data/training") / Path(options.archive).name) as archive:
    archive.extractall(made, filter="data")
(made / "code").mkdir()
shutil.copy(Path("/opt/ml/code") / options.script, made / "code")
