import pytest

from local_aws.kernel.errors import AwsError, not_implemented
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.retry import Retries, classify_error, classify_job_failure, parse_policies

FAULT, LIMIT, INTERNAL = "Step.SERVICE_FAULT", "SageMaker.RESOURCE_LIMIT", "SageMaker.JOB_INTERNAL_ERROR"


def test_wait_grows_until_the_attempts_are_used_up():
    policies = parse_policies([{"ExceptionType": [FAULT], "IntervalSeconds": 3, "BackoffRate": 2.0, "MaxAttempts": 3}])
    retries = Retries(policies)
    assert [retries.delay(FAULT, 0) for _ in range(4)] == [3, 6, 12, None]


def test_each_policy_counts_its_own_retries():
    retries = Retries(
        parse_policies(
            [
                {"ExceptionType": [FAULT], "IntervalSeconds": 1, "MaxAttempts": 1},
                {"ExceptionType": [LIMIT, INTERNAL], "IntervalSeconds": 5, "BackoffRate": 1, "MaxAttempts": 2},
            ]
        )
    )
    failures = [LIMIT, FAULT, INTERNAL, FAULT, LIMIT]
    assert [retries.delay(failure, 0) for failure in failures] == [5, 1, 5, None, None]


def test_time_can_limit_retries_instead_of_attempts():
    retries = Retries(parse_policies([{"ExceptionType": [LIMIT], "BackoffRate": 1, "ExpireAfterMin": 1}]))
    assert [retries.delay(LIMIT, seconds) for seconds in (0, 30, 59, 60)] == [1, 1, 1, None]


def test_failure_without_policy_is_not_retried():
    assert Retries(()).delay(FAULT, 0) is None
    assert Retries(parse_policies([{"ExceptionType": [LIMIT]}])).delay(None, 0) is None


def test_five_retries_are_the_default():
    retries = Retries(parse_policies([{"ExceptionType": [LIMIT]}]))
    assert [retries.delay(LIMIT, 0) for _ in range(6)] == [1, 2, 4, 8, 16, None]


@pytest.mark.parametrize(
    "node",
    [
        {"ExceptionType": []},
        {"ExceptionType": ["Step.UNKNOWN"]},
        {"ExceptionType": FAULT},
        {"ExceptionType": [FAULT], "MaxAttempts": 1, "ExpireAfterMin": 1},
        {"ExceptionType": [FAULT], "MaxAttempts": 21},
        {"ExceptionType": [FAULT], "IntervalSeconds": -1},
        {"ExceptionType": [FAULT], "BackoffRate": "2"},
        {"ExceptionType": [FAULT], "MaxRetries": 1},
    ],
)
def test_ill_formed_policy_is_refused(node):
    with pytest.raises(DefinitionError):
        parse_policies([node])


@pytest.mark.parametrize(
    ("error", "exception_type"),
    [
        (AwsError("InternalFailure", "", 500), FAULT),
        (AwsError("ThrottlingException", ""), "Step.THROTTLING"),
        (AwsError("ResourceLimitExceeded", ""), LIMIT),
        (AwsError("ValidationException", ""), None),
        (not_implemented("sagemaker", "CreateX"), None),
    ],
)
def test_refused_calls_are_classified(error, exception_type):
    assert classify_error(error) == exception_type


@pytest.mark.parametrize(
    ("reason", "exception_type"),
    [
        ("InternalServerError: we are sorry", INTERNAL),
        ("CapacityError: no instance", "SageMaker.CAPACITY_ERROR"),
        ("ResourceLimitExceeded: quota", LIMIT),
        ("AlgorithmError: exit code 1", None),
        ("", None),
    ],
)
def test_failed_jobs_are_classified(reason, exception_type):
    assert classify_job_failure(reason) == exception_type
