"""Tuning jobs that ran when the server ended, and the events of a tuning job."""

from __future__ import annotations

from pathlib import Path

from local_aws.kernel.events import Event
from tests.services.sagemaker.examples import BUCKET, running_sagemaker
from tests.services.sagemaker.tuning.requests import SCORE, X, config, script_definition
from tests.waiting import wait_until


def test_tuning_job_that_ran_when_the_server_stopped_has_failed_and_starts_nothing_more(tmp_path: Path) -> None:
    script = SCORE + "; sys.stdout.flush(); import time; time.sleep(60)"
    with running_sagemaker(tmp_path) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        client = server.client("sagemaker")
        client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="cut",
            HyperParameterTuningJobConfig=config("Random", X, jobs=8, parallel=2),
            TrainingJobDefinition=script_definition(server, "cut", script),
        )
        describe = client.describe_hyper_parameter_tuning_job
        wait_until(lambda: describe(HyperParameterTuningJobName="cut")["TrainingJobStatusCounters"]["InProgress"] == 2)

    with running_sagemaker(tmp_path) as server:
        job = server.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="cut")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "the local_aws server stopped" in job["FailureReason"]
    others = dict.fromkeys(("Completed", "InProgress", "NonRetryableError", "Stopped"), 0)
    assert job["TrainingJobStatusCounters"] == {"RetryableError": 2, **others}


def test_changes_of_status_are_events_with_the_counters(tmp_path: Path) -> None:
    events: list[Event] = []
    with running_sagemaker(tmp_path) as server:
        server.context.listen(events.append)
        server.client("s3").create_bucket(Bucket=BUCKET)
        server.client("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="told",
            HyperParameterTuningJobConfig=config("Random", X, jobs=1),
            TrainingJobDefinition=script_definition(server, "told"),
        )

        def of_tuning() -> list[Event]:
            return [each for each in events if each.detail_type == "SageMaker HyperParameter Tuning Job State Change"]

        wait_until(lambda: len(of_tuning()) == 2)
    details = [event.detail for event in of_tuning()]
    assert [each["HyperParameterTuningJobStatus"] for each in details] == ["InProgress", "Completed"]
    assert [each["TrainingJobStatusCounters"]["Completed"] for each in details] == [0, 1]
    assert "_trials" not in details[1]
