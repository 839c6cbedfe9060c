"""What the scripts of small jobs load: importing XGBoost loads scikit-learn and SciPy, for more than a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("matplotlib", "scipy", "sklearn", "xgboost")


@pytest.mark.parametrize("script", ["check_smoke_test", "engineer_features", "snapshot_data"])
def test_small_jobs_load_no_model_library(script: str) -> None:
    program = f"import sys, processing.{script}; print(*(name for name in {HEAVY} if name in sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert loaded.split() == []
