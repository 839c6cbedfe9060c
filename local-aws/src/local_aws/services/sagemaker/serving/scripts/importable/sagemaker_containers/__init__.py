"""Stands for the toolkit of this name; see `local_aws.services.sagemaker.serving.scripts.toolkits`."""

import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[1]
sys.path.append(str(_FOLDER.parents[5]))

from local_aws.services.sagemaker.serving.scripts.toolkits import stand_in  # noqa: E402

stand_in(__name__, _FOLDER)
