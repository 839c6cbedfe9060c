"""AutoML jobs: statuses, candidates, artifacts, and every way to end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services.sagemaker.automl.algorithms import PORTFOLIO
from local_aws.services.sagemaker.automl.containers import OUTPUTS
from tests.conftest import RunningServer
from tests.services.sagemaker.automl.conftest import FinishedJob
from tests.services.sagemaker.automl.examples import (
    BUCKET,
    FEATURES,
    ROWS,
    TARGET,
    candidates,
    channel,
    configuration,
    describe,
    ended,
    get,
    job_request,
    put,
    table,
)
from tests.waiting import wait_until

_TRAINING = f"s3://{BUCKET}/training/"


class TestFinishedJob:
    """What a job that has completed leaves."""

    def test_statuses_move(self, job: FinishedJob) -> None:
        assert job.description["AutoMLJobStatus"] == "Completed", job.description.get("FailureReason")
        stages = ["PreTraining", "TrainingModels", "GeneratingExplainabilityReport", "GeneratingModelInsightsReport"]
        assert job.stages == stages
        seen = [secondary for _, secondary in job.statuses]
        assert seen == [
            status for status in ("Starting", "AnalyzingData", *stages, "MaxCandidatesReached") if status in seen
        ]
        assert set(seen) & set(stages)
        assert seen[-1] == "MaxCandidatesReached"
        assert job.description["CreationTime"] < job.description["EndTime"] <= job.description["LastModifiedTime"]

    def test_description_has_what_was_asked_for_and_what_came_of_it(self, job: FinishedJob) -> None:
        assert job.description["AutoMLJobArn"] == "arn:aws:sagemaker:us-east-1:123456789012:automl-job/finished"
        assert job.description["AutoMLJobConfig"] == configuration()
        assert job.description["ResolvedAttributes"] == {
            "AutoMLJobObjective": {"MetricName": "Accuracy"},
            "ProblemType": "BinaryClassification",
            "CompletionCriteria": configuration()["CompletionCriteria"],
        }
        assert "PartialFailureReasons" not in job.description

    def test_candidates_are_the_models_and_their_ensemble(self, server: RunningServer, job: FinishedJob) -> None:
        found = candidates(server, "finished")

        assert [one["CandidateName"] for one in found] == [
            "LinearModel-BAG-L1-t1",
            "XGBoost-BAG-L1-t2",
            "WeightedEnsemble-L2-t3",
        ]
        for one in found:
            assert (one["CandidateStatus"], one["ObjectiveStatus"]) == ("Completed", "Succeeded")
            assert one["CreationTime"] < one["EndTime"]
            measured = one["CandidateProperties"]["CandidateMetrics"]
            metrics = {metric["StandardMetricName"]: metric["Value"] for metric in measured}
            assert set(metrics) == {"Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall", "LogLoss"}
            assert 0.85 < metrics["Accuracy"] < 1
            objective = one["FinalAutoMLJobObjectiveMetric"]
            assert (objective["Type"], objective["MetricName"]) == ("Maximize", "Accuracy")
            assert objective["Value"] == metrics["Accuracy"]

    def test_best_candidate_has_the_best_objective(self, server: RunningServer, job: FinishedJob) -> None:
        ranked = candidates(server, "finished", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
        values = [one["FinalAutoMLJobObjectiveMetric"]["Value"] for one in ranked]
        best = job.description["BestCandidate"]

        assert values == sorted(values, reverse=True)
        assert best["FinalAutoMLJobObjectiveMetric"]["Value"] == values[0]
        assert candidates(server, "finished", CandidateNameEquals=best["CandidateName"]) == [best]
        assert candidates(server, "finished", StatusEquals="Failed") == []

    def test_candidates_come_in_pages_in_the_order_asked_for(self, server: RunningServer, job: FinishedJob) -> None:
        client = server.client("sagemaker")
        order = {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"}
        whole = [one["CandidateName"] for one in candidates(server, "finished", **order)]

        first = client.list_candidates_for_auto_ml_job(AutoMLJobName="finished", MaxResults=2, **order)
        rest = client.list_candidates_for_auto_ml_job(
            AutoMLJobName="finished", MaxResults=2, NextToken=first["NextToken"], **order
        )

        assert len(first["Candidates"]) == 2
        assert "NextToken" not in rest
        assert [one["CandidateName"] for one in first["Candidates"] + rest["Candidates"]] == whole
        pages = client.get_paginator("list_candidates_for_auto_ml_job").paginate(
            AutoMLJobName="finished", PaginationConfig={"PageSize": 1}
        )
        assert [one["CandidateName"] for page in pages for one in page["Candidates"]] == [
            one["CandidateName"] for one in candidates(server, "finished")
        ]

    def test_containers_of_candidates_are_autopilots(self, server: RunningServer, job: FinishedJob) -> None:
        for one in candidates(server, "finished"):
            (container,) = one["InferenceContainers"]
            assert "/autogluon-inference:" in container["Image"]
            name = one["CandidateName"]
            url = f"s3://{BUCKET}/out/finished/sagemaker-automl-candidates/model/{name}/model.tar.gz"
            assert container["ModelDataUrl"] == url
            assert get(server, url)
            assert container["Environment"] == {
                "MODEL_NAME": name.rpartition("-")[0].replace("-", "_"),
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
                "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
                "SAGEMAKER_INFERENCE_SUPPORTED": ",".join(OUTPUTS),
                "SAGEMAKER_PROGRAM": "tabular_serve.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            }

    def test_explanation_finds_the_feature_that_decides(self, server: RunningServer, job: FinishedJob) -> None:
        best = job.description["BestCandidate"]
        prefix = best["CandidateProperties"]["CandidateArtifactLocations"]["Explainability"]

        explanation = json.loads(get(server, f"{prefix}/{best['CandidateName']}/analysis.json"))

        importances = {name: values["importance"] for name, values in explanation["features"].items()}
        assert set(importances) == set(FEATURES)
        assert max(importances, key=lambda name: importances[name]) == "swing"
        assert importances["swing"] > 0.2
        assert importances["constant"] == 0

    def test_insights_are_those_of_the_candidate(self, server: RunningServer, job: FinishedJob) -> None:
        best = job.description["BestCandidate"]
        prefix = best["CandidateProperties"]["CandidateArtifactLocations"]["ModelInsights"]

        insights = json.loads(get(server, f"{prefix}/{best['CandidateName']}/statistics.json"))

        measured = insights["binary_classification_metrics"]
        assert measured["accuracy"]["value"] == best["FinalAutoMLJobObjectiveMetric"]["Value"]
        matrix = measured["confusion_matrix"]
        assert sum(matrix[actual][answered] for actual in matrix for answered in matrix[actual]) == ROWS
        assert (matrix["no"]["no"] + matrix["yes"]["yes"]) / ROWS == pytest.approx(measured["accuracy"]["value"])
        assert insights["dataset"]["item_count"] == ROWS

    def test_notebook_describes_the_data(self, server: RunningServer, job: FinishedJob) -> None:
        location = job.description["AutoMLJobArtifacts"]["DataExplorationNotebookLocation"]

        notebook = json.loads(get(server, location))

        text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
        assert f"{ROWS:,} training rows" in text
        assert "| income | 9.2 % |" in text
        assert "| borough | 0.0 % | 5 |" in text

    def test_tags_and_listing(self, server: RunningServer, job: FinishedJob) -> None:
        client = server.client("sagemaker")

        (summary,) = client.list_auto_ml_jobs(NameContains="finish", StatusEquals="Completed")["AutoMLJobSummaries"]

        assert summary["AutoMLJobSecondaryStatus"] == "MaxCandidatesReached"
        assert summary["EndTime"] == job.description["EndTime"]
        arn = job.description["AutoMLJobArn"]
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]

    def test_name_is_taken_whatever_its_case(self, server: RunningServer, job: FinishedJob) -> None:
        client = server.client("sagemaker")

        with pytest.raises(client.exceptions.ResourceInUse):
            client.create_auto_ml_job(**job_request("FINISHED", _TRAINING))

    def test_a_job_that_has_ended_cannot_be_stopped(self, server: RunningServer, job: FinishedJob) -> None:
        with pytest.raises(ClientError, match="automl job is in status Completed"):
            server.client("sagemaker").stop_auto_ml_job(AutoMLJobName="finished")


def test_a_stopped_job_keeps_the_candidates_so_far(server: RunningServer) -> None:
    client = server.client("sagemaker")
    client.create_auto_ml_job(**job_request("stopped", _TRAINING, AutoMLJobConfig=configuration(candidates=100)))
    wait_until(lambda: candidates(server, "stopped"))
    assert "InferenceContainers" not in describe(server, "stopped")["BestCandidate"]

    client.stop_auto_ml_job(AutoMLJobName="stopped")
    stopping = describe(server, "stopped")
    job = ended(server, "stopped")

    assert stopping["AutoMLJobStatus"] in ("Stopping", "Stopped")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Stopped", "Stopped")
    found = candidates(server, "stopped")
    assert 0 < len(found) < len(PORTFOLIO) + 1
    assert job["BestCandidate"] in found
    assert get(server, job["BestCandidate"]["InferenceContainers"][0]["ModelDataUrl"])
    assert "CandidateArtifactLocations" not in job["BestCandidate"]["CandidateProperties"]


def test_a_job_without_time_for_a_candidate_fails(server: RunningServer) -> None:
    request = job_request("hasty", _TRAINING, AutoMLJobConfig=configuration(seconds=1))

    server.client("sagemaker").create_auto_ml_job(**request)
    job = ended(server, "hasty")

    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Failed", "Failed")
    assert "no candidate was complete within MaxAutoMLJobRuntimeInSeconds 1" in job["FailureReason"]
    assert "BestCandidate" not in job


def test_unusable_data_fail_the_job(server: RunningServer) -> None:
    uri = put(server, "unusable/table.csv", table(target="other"))

    server.client("sagemaker").create_auto_ml_job(**job_request("unusable", uri))
    job = ended(server, "unusable")

    assert job["AutoMLJobStatus"] == job["AutoMLJobSecondaryStatus"] == "Failed"
    assert job["FailureReason"] == (
        f"ClientError: the target attribute '{TARGET}' is not a column of table.csv of {uri}; its header is: "
        f"other, {', '.join(FEATURES)}"
    )


def test_an_empty_channel_fails_the_job(server: RunningServer) -> None:
    server.client("sagemaker").create_auto_ml_job(**job_request("empty", f"s3://{BUCKET}/nothing/"))

    job = ended(server, "empty")

    assert job["AutoMLJobStatus"] == "Failed"
    assert job["FailureReason"] == f"ClientError: no object at or below s3://{BUCKET}/nothing/; check bucket and prefix"


def test_a_missing_output_bucket_fails_the_job(server: RunningServer) -> None:
    request = job_request("nowhere", _TRAINING, OutputDataConfig={"S3OutputPath": "s3://no-such-bucket/out"})

    server.client("sagemaker").create_auto_ml_job(**request)
    job = ended(server, "nowhere")

    assert job["AutoMLJobStatus"] == "Failed"
    assert "no-such-bucket" in job["FailureReason"]


def test_unknown_jobs_are_said(server: RunningServer) -> None:
    client = server.client("sagemaker")
    for call in (client.describe_auto_ml_job, client.list_candidates_for_auto_ml_job, client.stop_auto_ml_job):
        with pytest.raises(client.exceptions.ResourceNotFound):
            call(AutoMLJobName="nobody")


def _channels(*members: dict[str, Any]) -> dict[str, Any]:
    return {"InputDataConfig": [channel(_TRAINING, **member) for member in members]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AutoMLJobConfig": {}}, "Mode AUTO, the default .supported: ENSEMBLING"),
        ({"AutoMLJobConfig": {"Mode": "HYPERPARAMETER_TUNING"}}, "Mode 'HYPERPARAMETER_TUNING'"),
        ({"ProblemType": "Regression"}, "'Regression'.*BinaryClassification"),
        (
            {"AutoMLJobObjective": {"MetricName": "MSE"}},
            "'MSE' is not a metric of BinaryClassification; use Acc",
        ),
        ({"AutoMLJobObjective": None}, "both or neither"),
        ({"ProblemType": None}, "both or neither"),
        ({"OutputDataConfig": {"S3OutputPath": "https://bucket/x"}}, "not an S3 URI"),
        ({"GenerateCandidateDefinitionsOnly": True}, "GenerateCandidateDefinitionsOnly"),
        ({"ModelDeployConfig": {"AutoGenerateEndpointName": True}}, "ModelDeployConfig"),
        (_channels({"SampleWeightAttributeName": "w"}), "SampleWeightAttributeName"),
        (_channels({"ContentType": "x-application/vnd.amazon+parquet"}), "parquet"),
        (_channels({"ChannelType": "validation"}), "one training channel"),
        (_channels({}, {"ChannelType": "validation", "TargetAttributeName": "b"}), "same TargetAttributeName"),
        (
            {"AutoMLJobConfig": configuration(CandidateGenerationConfig={"FeatureSpecificationS3Uri": "s3://b/k"})},
            "FeatureSpecificationS3Uri",
        ),
        (
            {
                "AutoMLJobConfig": configuration(
                    CandidateGenerationConfig={"AlgorithmsConfig": [{"AutoMLAlgorithms": ["catboost"]}]}
                )
            },
            "'catboost'.*linear-learner",
        ),
        ({"AutoMLJobConfig": configuration(DataSplitConfig={"ValidationFraction": 1.0})}, "ValidationFraction"),
        (
            {
                **_channels({}, {"ChannelType": "validation"}),
                "AutoMLJobConfig": configuration(DataSplitConfig={"ValidationFraction": 0.2}),
            },
            "with a validation channel",
        ),
        (
            {
                "AutoMLJobConfig": {
                    "Mode": "ENSEMBLING",
                    "CompletionCriteria": {
                        "MaxAutoMLJobRuntimeInSeconds": 10,
                        "MaxRuntimePerTrainingJobInSeconds": 20,
                    },
                }
            },
            "must be at least MaxRuntimePerTrainingJobInSeconds 20",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(server: RunningServer, change: dict[str, Any], words: str) -> None:
    request = {key: value for key, value in job_request("refused", _TRAINING, **change).items() if value is not None}

    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_auto_ml_job(**request)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
