"""Tuning jobs of several algorithms, and tuning jobs that start from what others have found out."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.tuning.requests import SCORE, X, config, ended, script_definition, xgboost_definition

_Y = {"IntegerParameterRanges": [{"Name": "x", "MinValue": "20", "MaxValue": "30"}]}


def _shared(jobs: int, strategy: str = "Random", **members: Any) -> dict[str, Any]:
    settings = {**config(strategy, X, jobs, parallel=2), **members}
    del settings["ParameterRanges"], settings["HyperParameterTuningJobObjective"]
    return settings


def _member(definition: dict[str, Any], name: str, ranges: dict[str, Any], **objective: str) -> dict[str, Any]:
    chosen = {"Type": "Maximize", "MetricName": "score", **objective}
    return {**definition, "DefinitionName": name, "TuningObjective": chosen, "HyperParameterRanges": ranges}


def _create(server: RunningServer, name: str, settings: dict[str, Any], **members: Any) -> None:
    server.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, HyperParameterTuningJobConfig=settings, **members
    )


def test_jobs_of_several_definitions_take_turns_and_one_of_all_is_the_best(server: RunningServer) -> None:
    script = script_definition(server, "several")
    members = [_member(script, "low", X), _member(script, "high", _Y)]
    _create(server, "several", _shared(jobs=4), TrainingJobDefinitions=members)
    job = ended(server, "several")
    jobs = server.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="several"
    )["TrainingJobSummaries"]

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert [each["TrainingJobDefinitionName"] for each in jobs] == ["low", "high", "low", "high"]
    assert [float(each["TunedHyperParameters"]["x"]) >= 20 for each in jobs] == [False, True, False, True]
    assert job["BestTrainingJob"]["TrainingJobDefinitionName"] == "high"
    statics = [each["StaticHyperParameters"]["_tuning_objective_metric"] for each in job["TrainingJobDefinitions"]]
    assert statics == ["score", "score"]
    assert "TrainingJobDefinition" not in job


def test_algorithms_have_objectives_of_their_own(server: RunningServer) -> None:
    ranges = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "2"}]}
    loss = {"Type": "Minimize", "MetricName": "validation:logloss"}
    members = [
        _member(script_definition(server, "mixed"), "script", X, Type="Minimize"),
        _member(xgboost_definition(server, "mixed"), "xgboost", ranges, **loss),
    ]
    _create(server, "mixed", _shared(jobs=2), TrainingJobDefinitions=members)
    job = ended(server, "mixed")

    assert job["ObjectiveStatusCounters"]["Succeeded"] == 2, job
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Minimize"


@pytest.mark.parametrize(
    ("settings", "second", "words"),
    [
        (config("Random", X, 2), {}, "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective cannot be given"),
        (_shared(2), {"DefinitionName": "first"}, "must be unique"),
        (_shared(2), {"TuningObjective": {"Type": "Minimize", "MetricName": "score"}}, "minimize and maximize"),
        (_shared(2), {"TuningObjective": {"Type": "Maximize", "MetricName": "loss"}}, "'loss' must be in"),
        (_shared(2, "Grid"), {}, "Grid with TrainingJobDefinitions"),
        (
            _shared(2),
            {"HyperParameterRanges": {"AutoParameters": [{"Name": "x", "ValueHint": "1"}]}},
            "AutoParameters",
        ),
    ],
)
def test_definitions_that_do_not_go_together_are_refused(
    server: RunningServer, settings: dict[str, Any], second: dict[str, Any], words: str
) -> None:
    script = script_definition(server, "refused")
    members = [_member(script, "first", X), {**_member(script, "second", X), **second}]
    with pytest.raises(ClientError, match=words):
        _create(server, "refused", settings, TrainingJobDefinitions=members)


def _warm(*parents: str, kind: str = "IdenticalDataAndAlgorithm") -> dict[str, Any]:
    names = [{"HyperParameterTuningJobName": parent} for parent in parents]
    return {"ParentHyperParameterTuningJobs": names, "WarmStartType": kind}


def _grid(server: RunningServer, name: str, value: str, **members: Any) -> dict[str, Any]:
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": [value]}]}
    script = script_definition(server, name)
    _create(server, name, config("Grid", ranges, None), TrainingJobDefinition=script, **members)
    return ended(server, name)


def test_best_of_parents_and_child_is_told_where_data_and_algorithm_are_the_same(server: RunningServer) -> None:
    parent = _grid(server, "parent", "9")
    child = _grid(server, "child", "3", WarmStartConfig=_warm("parent"))
    better = _grid(server, "better", "12", WarmStartConfig=_warm("parent", "child"))
    transfer = _grid(server, "transfer", "1", WarmStartConfig=_warm("parent", kind="TransferLearning"))

    assert child["BestTrainingJob"]["TunedHyperParameters"] == {"x": "3"}
    assert child["OverallBestTrainingJob"] == {**parent["BestTrainingJob"], "TuningJobName": "parent"}
    assert better["OverallBestTrainingJob"] == better["BestTrainingJob"]
    assert "OverallBestTrainingJob" not in transfer
    assert child["WarmStartConfig"] == _warm("parent")


def test_bayesian_search_goes_on_where_its_parent_has_ended(server: RunningServer) -> None:
    script = script_definition(server, "warm")
    _create(server, "cold", config("Bayesian", X, 6, RandomSeed=0), TrainingJobDefinition=script)
    ended(server, "cold")
    settings = config("Bayesian", X, 1, RandomSeed=1)
    _create(server, "warm", settings, TrainingJobDefinition=script, WarmStartConfig=_warm("cold"))
    _create(server, "alone", settings, TrainingJobDefinition=script)

    warm, alone = (
        ended(server, name)["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for name in ("warm", "alone")
    )
    assert warm > 9 > alone


@pytest.mark.parametrize(
    ("parents", "change", "words"),
    [
        (("nobody",), {}, "not found"),
        (("origin",), {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "score"}}, "objective"),
    ],
)
def test_parent_that_does_not_fit_is_refused(
    server: RunningServer, parents: tuple[str, ...], change: dict[str, Any], words: str
) -> None:
    if "origin" in parents:
        _grid(server, "origin", "1")
    with pytest.raises(ClientError, match=words):
        _create(
            server,
            "misfit",
            config("Random", X, 1, **change),
            TrainingJobDefinition=script_definition(server, "misfit"),
            WarmStartConfig=_warm(*parents),
        )


def test_warm_start_takes_one_definition_and_ended_parents(server: RunningServer) -> None:
    slow = script_definition(server, "slow", SCORE + "; sys.stdout.flush(); import time; time.sleep(60)")
    _create(server, "slow", config("Random", X, 1), TrainingJobDefinition=slow)
    with pytest.raises(ClientError, match="must have ended; it is InProgress"):
        _create(server, "early", config("Random", X, 1), TrainingJobDefinition=slow, WarmStartConfig=_warm("slow"))
    server.client("sagemaker").stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="slow")
    members = [_member(slow, "first", X), _member(slow, "second", X)]
    with pytest.raises(ClientError, match="several training job definitions"):
        _create(server, "early", _shared(2), TrainingJobDefinitions=members, WarmStartConfig=_warm("slow"))
    assert ended(server, "slow")["HyperParameterTuningJobStatus"] == "Stopped"
