"""One step at a time, with step types of our own: attempts, reasons and what is recorded."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Records, now
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.pipelines.cache import StepCache
from local_aws.services.sagemaker.pipelines.callbacks import Callbacks
from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.errors import StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import Scope
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.retry import parse_policies
from local_aws.services.sagemaker.pipelines.step_runner import StepRunner
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal
from tests.services.sagemaker.pipelines.definitions import get

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abcdefghijkl"
OTHER_ARN = ARN.replace("abcdefghijkl", "lkjihgfedcba")
AT_ONCE = {"IntervalSeconds": 0, "MaxAttempts": 2}


def nothing(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    return {}


class Flaky(StepType):
    """Fails with each error in turn, then succeeds."""

    cache_attributes = ("Input",)

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def run(self, attempt: Attempt) -> Result:
        attempt.started({"ProcessingJob": {"Arn": "arn:job"}})
        if self.errors:
            raise self.errors.pop(0)
        return Result({"ProcessingJob": {"Arn": "arn:job"}}, {"Echo": attempt.arguments})


class Calling(StepType):
    """Makes one call."""

    def run(self, attempt: Attempt) -> Result:
        return Result({}, attempt.call("CreateProcessingJob", {}))


class Bench:
    """A runner on records of its own."""

    def __init__(self, folder: Path, step_type: StepType, call: Any = None) -> None:
        records = Records(folder / "records.sqlite")
        self.records = ExecutionRecords(records, lambda event: None)
        self._cache = StepCache(records, self.records)
        self._callbacks = Callbacks(records, self.records)
        self.stop = StopSignal()
        self._step_type = step_type
        self._call = call or nothing
        for arn in (ARN, OTHER_ARN):
            self.records.start(
                {
                    "PipelineArn": arn.partition("/execution/")[0],
                    "PipelineExecutionArn": arn,
                    "PipelineExecutionStatus": "Executing",
                    "CreationTime": now(),
                },
                "{}",
            )

    def runner(self, arn: str) -> StepRunner:
        scope = Scope({"P": 1}, {}, {}, {}, lambda uri: b"")
        types = {"Own": self._step_type}
        work = Work("sagemaker")
        return StepRunner(
            arn, scope, types, self.records, self._cache, self._call, work, self.stop, self._callbacks, lambda: 50
        )

    def run(self, arn: str = ARN, policies=(), cache_age: timedelta | None = None, **arguments):
        step = Step("S", "Own", arguments, retry_policies=parse_policies(list(policies)), cache_age=cache_age)
        end = self.runner(arn).run(step)
        return end.status, self.records.steps(arn)[-1]


def test_succeeded_step_is_recorded_with_its_result(tmp_path):
    status, record = Bench(tmp_path, Flaky()).run(Input=get("Parameters.P"))
    assert (status, record["StepStatus"], record["AttemptCount"]) == ("Succeeded", "Succeeded", 1)
    assert record["Metadata"] == {"ProcessingJob": {"Arn": "arn:job"}}
    assert record["_properties"] == {"Echo": {"Input": 1}}
    assert record["EndTime"] >= record["StartTime"]


def test_failure_that_a_policy_names_is_retried(tmp_path):
    failures = [StepFailedError("CapacityError: none", "SageMaker.CAPACITY_ERROR")] * 2
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], **AT_ONCE}
    status, record = Bench(tmp_path, Flaky(*failures)).run(policies=[policy])
    assert (status, record["AttemptCount"]) == ("Succeeded", 3)
    assert "FailureReason" not in record


def test_retries_end_when_they_are_used_up(tmp_path):
    failures = [StepFailedError("CapacityError: none", "SageMaker.CAPACITY_ERROR")] * 3
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], **AT_ONCE}
    status, record = Bench(tmp_path, Flaky(*failures)).run(policies=[policy])
    assert (status, record["StepStatus"], record["AttemptCount"]) == ("Failed", "Failed", 3)
    assert record["FailureReason"].startswith("CapacityError: none\nRetry not appropriate on execution of step")
    assert "The retries are used up for the exception type SAGEMAKER_CAPACITY_ERROR." in record["FailureReason"]


def test_failure_of_the_code_is_not_retried(tmp_path):
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], **AT_ONCE}
    status, record = Bench(tmp_path, Flaky(StepFailedError("AlgorithmError: exit code 1"))).run(policies=[policy])
    assert (status, record["AttemptCount"], record["FailureReason"]) == ("Failed", 1, "AlgorithmError: exit code 1")


def test_refused_call_is_recorded_with_the_missing_policy(tmp_path):
    def refuse(service, operation, request):
        raise AwsError("ResourceLimitExceeded", "too many instances")

    status, record = Bench(tmp_path, Calling(), refuse).run()
    first, second = record["FailureReason"].split("\n")
    assert status == "Failed"
    assert first == "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: too many instances"
    assert second.endswith(
        f"{ARN} and StepId S. No retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT."
    )


def test_throttled_call_is_retried(tmp_path):
    answers = [AwsError("ThrottlingException", "slow down"), {"Answer": 1}]

    def call(service, operation, request):
        answer = answers.pop(0)
        if isinstance(answer, AwsError):
            raise answer
        return answer

    policy = {"ExceptionType": ["Step.THROTTLING"], **AT_ONCE}
    status, record = Bench(tmp_path, Calling(), call).run(policies=[policy])
    assert (status, record["AttemptCount"], record["_properties"]) == ("Succeeded", 2, {"Answer": 1})


def test_missing_value_fails_the_step(tmp_path):
    status, record = Bench(tmp_path, Flaky()).run(Input=get("Steps.Other.Uri"))
    assert status == "Failed"
    assert record["FailureReason"].startswith("ClientError: step Other has not succeeded")


@pytest.mark.filterwarnings("error")
def test_internal_error_fails_the_step_only(tmp_path):
    status, record = Bench(tmp_path, Flaky(RuntimeError("surprise"))).run()
    assert (status, record["FailureReason"]) == ("Failed", "InternalServerError: RuntimeError: surprise")


def test_stop_ends_the_wait_for_the_next_attempt(tmp_path):
    failure = StepFailedError("CapacityError: none", "SageMaker.CAPACITY_ERROR")
    bench = Bench(tmp_path, Flaky(failure))
    threading.Timer(0.05, bench.stop.request).start()
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 60}
    status, record = bench.run(policies=[policy])
    assert (status, record["StepStatus"]) == ("Stopped", "Stopped")


def test_run_with_the_same_arguments_is_reused(tmp_path):
    bench = Bench(tmp_path, Flaky())
    bench.run(cache_age=timedelta(days=1), Input="a", Other=1)
    _, record = bench.run(OTHER_ARN, cache_age=timedelta(days=1), Input="a", Other=2)
    assert record["CacheHitResult"] == {"SourcePipelineExecutionArn": ARN}
    assert record["_properties"] == {"Echo": {"Input": "a", "Other": 1}}
    assert record["Metadata"] == {"ProcessingJob": {"Arn": "arn:job"}}


@pytest.mark.parametrize(("age", "text"), [(timedelta(days=1), "b"), (timedelta(0), "a"), (None, "a")])
def test_step_runs_for_other_arguments_an_old_run_or_no_cache(tmp_path, age, text):
    bench = Bench(tmp_path, Flaky())
    bench.run(cache_age=timedelta(days=1), Input="a")
    _, record = bench.run(OTHER_ARN, cache_age=age, Input=text)
    assert "CacheHitResult" not in record


def test_failed_run_is_not_reused(tmp_path):
    bench = Bench(tmp_path, Flaky(StepFailedError("AlgorithmError")))
    bench.run(cache_age=timedelta(days=1), Input="a")
    status, record = bench.run(OTHER_ARN, cache_age=timedelta(days=1), Input="a")
    assert (status, "CacheHitResult" in record) == ("Succeeded", False)


def test_cache_hit_names_the_run_that_did_the_work(tmp_path):
    bench = Bench(tmp_path, Flaky())
    bench.run(cache_age=timedelta(days=1), Input="a")
    bench.run(OTHER_ARN, cache_age=timedelta(days=1), Input="a")
    _, record = bench.run(OTHER_ARN, cache_age=timedelta(days=1), Input="a")
    assert record["CacheHitResult"] == {"SourcePipelineExecutionArn": ARN}


def test_ended_execution_starts_no_step(tmp_path):
    bench = Bench(tmp_path, Flaky())
    bench.records.change_status(ARN, "Failed")
    assert bench.runner(ARN).run(Step("S", "Own", {})).status == "Stopped"
    assert bench.records.steps(ARN) == []
