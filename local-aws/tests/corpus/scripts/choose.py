"""Read what other steps pass as arguments, and write the parameters that later steps fetch."""

import argparse
import json
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--depths", required=True, help="depths to choose from, with commas")
parser.add_argument("--execution")
options = parser.parse_args()
depths = [int(depth) for depth in options.depths.split(",")]
content = {"depth": str(max(depths)), "rounds": [10, 20], "ready": True, "execution": options.execution}
Path("/opt/ml/processing/chosen/parameters.json").write_text(json.dumps(content))
