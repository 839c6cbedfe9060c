"""Tuning jobs: the training jobs that they start, what becomes of them, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import keys
from tests.services.sagemaker.tuning.requests import (
    SCORE,
    X,
    config,
    describe,
    ended,
    script_definition,
    xgboost_definition,
)
from tests.waiting import wait_until


def _create(server: RunningServer, name: str, settings: dict, definition: dict | None = None, **members: Any) -> None:
    server.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=settings,
        TrainingJobDefinition=definition or script_definition(server, name),
        **members,
    )


def _training_jobs(server: RunningServer, name: str, **members: Any) -> list[dict[str, Any]]:
    answer = server.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, **members
    )
    jobs: list[dict[str, Any]] = answer["TrainingJobSummaries"]
    return jobs


def test_random_search_runs_training_jobs_and_names_the_best(server: RunningServer) -> None:
    _create(server, "random", config("Random", X, jobs=3, parallel=2, RandomSeed=1))
    job = ended(server, "random")

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    others = dict.fromkeys(("InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    assert job["TrainingJobStatusCounters"] == {"Completed": 3, **others}
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    summaries = _training_jobs(server, "random", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert job["BestTrainingJob"] == summaries[0]
    scores = [each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for each in summaries]
    assert scores == sorted(scores, reverse=True)
    assert [float(each["TunedHyperParameters"]["x"]) for each in summaries] == pytest.approx(scores)
    assert job["CreationTime"] <= job["HyperParameterTuningEndTime"]


@pytest.mark.usefixtures("own_root")
def test_training_job_has_all_hyperparameters_and_leads_back_to_its_tuning_job(server: RunningServer) -> None:
    definition = script_definition(server, "leads", SCORE + "; open('/opt/ml/model/made', 'w').write('x')")
    _create(server, "leads", config("Random", X, jobs=1), {**definition, "DefinitionName": "only"})
    job = ended(server, "leads")
    name = job["BestTrainingJob"]["TrainingJobName"]
    training_job = server.client("sagemaker").describe_training_job(TrainingJobName=name)

    assert re.fullmatch(r"leads-001-[0-9a-f]{8}", name)
    assert job["BestTrainingJob"]["TrainingJobDefinitionName"] == "only"
    assert training_job["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    static = job["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static["_tuning_objective_metric"] == "score"
    assert training_job["HyperParameters"] == {**static, **job["BestTrainingJob"]["TunedHyperParameters"]}
    assert keys(server, f"tuned/{name}/") == [f"tuned/{name}/output/model.tar.gz"]


def test_same_seed_gives_the_same_hyperparameters(server: RunningServer) -> None:
    for name in ("seeded-1", "seeded-2"):
        _create(server, name, config("Random", X, jobs=2, RandomSeed=3))
        ended(server, name)

    first, second = (
        [job["TunedHyperParameters"] for job in _training_jobs(server, name)] for name in ("seeded-1", "seeded-2")
    )
    assert first == second


def test_grid_search_runs_each_combination_of_the_built_in_xgboost(server: RunningServer) -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "eta", "Values": ["0.1", "0.5"]},
            {"Name": "max_depth", "Values": ["1"]},
        ]
    }
    objective = {"Type": "Minimize", "MetricName": "validation:logloss"}
    settings = config("Grid", ranges, jobs=None, parallel=2, HyperParameterTuningJobObjective=objective)
    _create(server, "grid", settings, xgboost_definition(server, "grid"))
    job = ended(server, "grid")

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"eta": "0.5", "max_depth": "1"}
    tuned = sorted(each["TunedHyperParameters"]["eta"] for each in _training_jobs(server, "grid"))
    assert tuned == ["0.1", "0.5"]


@pytest.mark.parametrize(
    "resources",
    [
        {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 9},
        {
            "AllocationStrategy": "Prioritized",
            "InstanceConfigs": [
                {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 9},
                {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            ],
        },
    ],
)
def test_training_jobs_get_the_first_instance_type_of_the_tuning_resources(
    server: RunningServer, resources: dict[str, Any]
) -> None:
    name = f"resources-{len(resources)}"
    definition = script_definition(server, name)
    del definition["ResourceConfig"]
    _create(server, name, config("Random", X, jobs=1), {**definition, "HyperParameterTuningResourceConfig": resources})
    job = ended(server, name)

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    described = server.client("sagemaker").describe_training_job(
        TrainingJobName=job["BestTrainingJob"]["TrainingJobName"]
    )
    expected = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 9}
    assert described["ResourceConfig"] == expected


def test_tuning_resources_and_resource_config_exclude_each_other(server: RunningServer) -> None:
    definition = script_definition(server, "both")
    definition["HyperParameterTuningResourceConfig"] = definition["ResourceConfig"]
    with pytest.raises(ClientError, match="either ResourceConfig or HyperParameterTuningResourceConfig"):
        _create(server, "both", config("Random", X, jobs=1), definition)


def test_bayesian_search_does_better_than_its_random_start(server: RunningServer) -> None:
    _create(server, "bayesian", config("Bayesian", X, jobs=5, RandomSeed=0))
    job = ended(server, "bayesian")

    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert job["BestTrainingJob"]["TrainingJobName"].startswith(("bayesian-004-", "bayesian-005-"))


def test_search_ends_when_the_target_is_reached(server: RunningServer) -> None:
    criteria = {"TargetObjectiveMetricValue": 0.0}
    _create(server, "target", config("Random", X, jobs=9, TuningJobCompletionCriteria=criteria))

    assert ended(server, "target")["TrainingJobStatusCounters"]["Completed"] == 1


def test_failed_training_jobs_do_not_end_the_search(server: RunningServer) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "none", "3"]}]}
    script = SCORE + "; float(values['-x'])"
    _create(server, "some-fail", config("Grid", ranges, jobs=3), script_definition(server, "some-fail", script))
    job = ended(server, "some-fail")

    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 1}
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"x": "3"}
    (failed,) = _training_jobs(server, "some-fail", StatusEquals="Failed")
    assert failed["FailureReason"].startswith("AlgorithmError")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("raise SystemExit(1)", "No training job succeeded after 5 attempts. For additional details"),
        ("pass", "No objective metrics found after running 5 training jobs. Please ensure that the custom algorithm"),
    ],
)
def test_search_without_any_objective_fails_after_five_jobs(server: RunningServer, script: str, reason: str) -> None:
    name = f"none-{len(script)}"
    _create(server, name, config("Random", X, jobs=8), script_definition(server, name, script))
    job = ended(server, name)

    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert sum(job["TrainingJobStatusCounters"].values()) == 5
    assert "BestTrainingJob" not in job


def test_stop_ends_the_training_jobs_too(server: RunningServer) -> None:
    script = SCORE + "; sys.stdout.flush(); import time; time.sleep(60)"
    _create(server, "stopped", config("Random", X, jobs=8, parallel=2), script_definition(server, "stopped", script))
    wait_until(lambda: describe(server, "stopped")["TrainingJobStatusCounters"]["InProgress"] == 2)

    server.client("sagemaker").stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    job = ended(server, "stopped")

    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert sum(job["TrainingJobStatusCounters"].values()) == 2


def test_listing_shows_counters_strategy_and_tags(server: RunningServer) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    _create(server, "listed", config("Random", X, jobs=1), Tags=tags)
    job = ended(server, "listed")
    client = server.client("sagemaker")
    (summary,) = client.list_hyper_parameter_tuning_jobs(NameContains="listed")["HyperParameterTuningJobSummaries"]

    assert summary["Strategy"] == "Random"
    assert summary["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    assert summary["TrainingJobStatusCounters"]["Completed"] == 1
    assert client.list_tags(ResourceArn=job["HyperParameterTuningJobArn"])["Tags"] == tags
    with pytest.raises(client.exceptions.ResourceInUse):
        _create(server, "listed", config("Random", X, jobs=1))
    with pytest.raises(client.exceptions.ResourceNotFound):
        describe(server, "unknown")


_GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}]}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (config("Hyperband", X, 2), "Strategy 'Hyperband' \\(supported: Bayesian, Random, Grid\\)"),
        (config("Random", X, None), "MaxNumberOfTrainingJobs is required"),
        (config("Random", X, 2, TrainingJobEarlyStoppingType="Auto"), "'Auto' \\(supported: Off\\)"),
        (config("Random", {}, 2), "at least one hyperparameter"),
        (config("Grid", X, None), "CategoricalParameterRanges only"),
        (config("Grid", _GRID, 3), "number of combinations, 2, with Strategy Grid; got 3"),
        (
            config("Random", X, 2, HyperParameterTuningJobObjective={"Type": "Minimize", "MetricName": "loss"}),
            "'loss' must be in AlgorithmSpecification.MetricDefinitions",
        ),
        (
            config("Random", {"CategoricalParameterRanges": [{"Name": "sagemaker_program", "Values": ["a"]}]}, 2),
            "sagemaker_program must be in StaticHyperParameters or in ParameterRanges, not both",
        ),
        (
            config(
                "Random",
                X,
                2,
                TuningJobCompletionCriteria={"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
            ),
            "does not support .*BestObjectiveNotImproving",
        ),
    ],
)
def test_what_cannot_be_done_here_is_refused(server: RunningServer, settings: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        _create(server, "refused", settings)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_autotune_is_refused_by_name(server: RunningServer) -> None:
    with pytest.raises(ClientError, match="does not support Autotune"):
        _create(server, "refused", config("Random", X, 2), Autotune={"Mode": "Enabled"})


@pytest.mark.parametrize(
    ("kind", "entry", "metric", "words"),
    [
        ("Categorical", {"Name": "booster", "Values": ["dart"]}, "validation:auc", "'booster' .* cannot be tuned"),
        ("Continuous", {"Name": "max_depth", "MinValue": "1", "MaxValue": "2"}, "validation:auc", "takes integers"),
        (
            "Integer",
            {"Name": "max_depth", "MinValue": "1", "MaxValue": "2"},
            "train:auc",
            "validation:auc.*'train:auc'",
        ),
    ],
)
def test_built_in_xgboost_is_tuned_as_its_container_says(
    server: RunningServer, kind: str, entry: dict, metric: str, words: str
) -> None:
    objective = {"Type": "Maximize", "MetricName": metric}
    settings = config("Random", {f"{kind}ParameterRanges": [entry]}, 2, HyperParameterTuningJobObjective=objective)
    with pytest.raises(ClientError, match=words):
        _create(server, "refused", settings, xgboost_definition(server, "refused"))
