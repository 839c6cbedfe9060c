from __future__ import annotations

import pytest

from processing.exit_message import ProcessingError
from processing.feature_contract import feature_set
from processing.model_archive import load_booster
from tests.processing.staging import write_archive

PLAYGROUND = feature_set("playground")


def test_the_archived_model_is_the_trained_one(staged_run):
    booster = load_booster(staged_run.archive, PLAYGROUND)
    assert booster.save_raw("json") == staged_run.booster.save_raw("json")


def test_a_model_of_another_feature_set_is_refused(staged_run):
    number = len(PLAYGROUND.features)
    with pytest.raises(ProcessingError, match=f"takes {number} features, the feature set lab has 12"):
        load_booster(staged_run.archive, feature_set("lab"))


@pytest.mark.parametrize("extra", ["code/inference.py", "../xgboost-model", "notes.txt"])
def test_a_second_file_which_serving_would_average_in_is_refused(tmp_path, staged_run, extra):
    model = (staged_run.model / "xgboost-model").read_bytes()
    archive = write_archive(tmp_path, {"xgboost-model": model, extra: b"second"})
    with pytest.raises(ProcessingError, match="exactly one file, xgboost-model"):
        load_booster(archive, PLAYGROUND)


def test_what_is_no_model_is_refused(tmp_path):
    archive = write_archive(tmp_path, {"xgboost-model": b"\x80\x04N."})  # a pickle
    with pytest.raises(ProcessingError, match="is not an XGBoost model"):
        load_booster(archive, PLAYGROUND)


@pytest.mark.parametrize("content", [None, b"not a tar file"])
def test_a_missing_or_broken_archive_is_named(tmp_path, content):
    if content:
        (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(ProcessingError, match=r"Cannot read the model archive .*model.tar.gz"):
        load_booster(tmp_path, PLAYGROUND)
