"""What scripts load that need no model: importing XGBoost loads scikit-learn and all of SciPy, for over a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("scipy.stats", "sklearn", "xgboost")


@pytest.mark.parametrize("script", ["check_smoke_test", "engineer_features", "report", "snapshot_data"])
def test_scripts_without_a_model_load_no_library_of_models(script: str) -> None:
    program = f"import sys, processing.{script}; print(*(name for name in {HEAVY} if name in sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert loaded.split() == []
