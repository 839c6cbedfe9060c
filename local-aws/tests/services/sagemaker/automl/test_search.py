"""The search: within its limits, the same each time, and what it has told of can be kept."""

from __future__ import annotations

import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from autogluon.common.utils.resource_utils import ResourceManager

from local_aws.services.sagemaker.automl.artifacts import archive_path
from local_aws.services.sagemaker.automl.progress import Dropped, Ended, Trained
from local_aws.services.sagemaker.automl.search.candidate_search import CandidateSearch
from local_aws.services.sagemaker.automl.search.tables import read_tables
from tests.services.sagemaker.automl.examples import TARGET
from tests.services.sagemaker.automl.test_tables import make_plan


def _search(folder: Path, **members: Any) -> CandidateSearch:
    folder.mkdir(exist_ok=True)
    plan = make_plan(folder, **members)
    return CandidateSearch(plan, read_tables(plan), folder / "work")


def test_two_searches_find_the_same(tmp_path: Path) -> None:
    searches = [_search(tmp_path / name, max_candidates=3) for name in "ab"]

    ends = [search.run(lambda _: None) for search in searches]

    assert ends == [Ended("max-candidates")] * 2
    first, second = ([(one.name, one.metrics) for one in search.trained] for search in searches)
    assert [name for name, _ in first] == [
        *("LinearModel-BAG-L1-t1", "XGBoost-BAG-L1-t2", "WeightedEnsemble-L2-t3"),
    ]
    assert first == second


def test_candidates_are_judged_by_the_rows_held_back(tmp_path: Path) -> None:
    search = _search(tmp_path, algorithms=("linear-learner",), validation_fraction=0.2, objective="AUC")

    search.run(lambda _: None)

    (candidate,) = search.trained
    predictions = search.predictions(candidate.model)
    assert len(predictions.labels) == 120
    assert (predictions.labels == predictions.predicted).mean() == candidate.metrics["Accuracy"]
    assert predictions.probabilities.columns.tolist() == ["no", "yes"]


def _zeros_and_missing() -> str:
    """Write a table of 1, 0, missing: one label for the first two, the other for the last."""
    rows = "".join(f"{'yes' if number % 3 else 'no'},{number % 3 % 2 if number % 3 else ''}\n" for number in range(600))
    return f"{TARGET},x\n{rows}"


def test_missing_values_are_told_from_zeros(tmp_path: Path) -> None:
    algorithms = ("linear-learner", "xgboost", "extra-trees")
    search = _search(tmp_path, content=_zeros_and_missing(), algorithms=algorithms)

    search.run(lambda _: None)

    assert {candidate.metrics["Accuracy"] for candidate in search.trained} == {1.0}


def test_a_process_that_holds_much_already_trains_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process_class = type(ResourceManager.get_process())
    memory_info = process_class.memory_info

    def much_more(process: Any) -> Any:
        held = memory_info(process)
        return held._replace(rss=held.rss + 4 * 2**30)

    monkeypatch.setattr(process_class, "memory_info", much_more)
    search = _search(tmp_path, content=_zeros_and_missing(), algorithms=("xgboost",))

    search.run(lambda _: None)

    # A single round would answer the more frequent label.
    assert {candidate.metrics["Accuracy"] for candidate in search.trained} == {1.0}


def test_no_candidate_begins_after_the_time(tmp_path: Path) -> None:
    search = _search(tmp_path, seconds=7.5, deadline=time.time() + 7.5)
    last_start = time.time() + 6
    told: list[Trained] = []

    def report(progress: Any) -> None:
        assert isinstance(progress, Trained)
        told.append(progress)
        # What has been told of can be kept: the search may be killed from here on.
        with tarfile.open(tmp_path / "output" / archive_path(progress.name)) as archive:
            assert {"predictor.pkl", "columns.json"} <= set(archive.getnames())
        time.sleep(max(0.0, last_start - time.time()))

    assert search.run(report) == Ended("out-of-time")
    assert told == search.trained
    assert len(told) == 1


def test_a_library_that_cannot_be_loaded_costs_its_models_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    search = _search(tmp_path, algorithms=("lightgbm", "linear-learner"))

    assert search.run(lambda _: None) == Ended("finished")

    assert [candidate.name for candidate in search.trained] == ["LinearModel-BAG-L1-t1"]
    (reason,) = search.dropped
    assert reason.startswith("lightgbm could not be trained: ")


@pytest.mark.parametrize("seconds", [0.001, 0.05])
def test_models_that_need_more_time_than_one_has_are_dropped(tmp_path: Path, seconds: float) -> None:
    search = _search(tmp_path, seconds_per_candidate=seconds, algorithms=("xgboost",))
    told: list[Any] = []

    assert search.run(told.append) == Ended("finished")

    assert search.trained == []
    assert [type(progress) for progress in told] == [Dropped, Dropped]
    assert [progress.reason for progress in told] == search.dropped
    assert all(reason.startswith("xgboost could not be trained: ") for reason in search.dropped)
