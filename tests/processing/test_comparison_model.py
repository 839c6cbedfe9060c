from __future__ import annotations

import pandas as pd
import pytest

from processing.comparison_model import train_comparison_model
from processing.exit_message import ProcessingError
from processing.feature_contract import feature_set
from training.hyperparameters import Hyperparameters


@pytest.fixture
def splits(staged_run) -> dict[str, pd.DataFrame]:
    rows = pd.read_parquet(staged_run.features / "scoring")
    return {split: rows[rows["split"] == split] for split in ("train", "validation")}


def test_on_the_same_features_it_is_the_model_of_the_training_script(staged_run, splits):
    names = feature_set("playground").feature_names
    booster = train_comparison_model(splits["train"], splits["validation"], names, Hyperparameters())
    assert booster.get_dump() == staged_run.booster.get_dump()


def test_a_refused_hyperparameter_is_an_error_in_words(splits):
    with pytest.raises(ProcessingError, match="XGBoost refuses"):
        train_comparison_model(splits["train"], splits["validation"], ("returns",), Hyperparameters(subsample=-1.0))
