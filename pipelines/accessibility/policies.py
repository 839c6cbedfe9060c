"""When a step is retried, and when the step cache applies."""

from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig

# Faults of the service and throttling pass within minutes; capacity and account limits take longer to clear.
REQUEST_RETRIES = (
    StepRetryPolicy(
        exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
        interval_seconds=10,
        backoff_rate=2.0,
        max_attempts=5,
    ),
)
JOB_RETRIES = (
    *REQUEST_RETRIES,
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT],
        failure_reason_types=[
            SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
            SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
        ],
        interval_seconds=60,
        backoff_rate=2.0,
        max_attempts=3,
    ),
)

# For steps that only compute. What changes the account (register, model, endpoint) is never cached.
COMPUTE_CACHE = CacheConfig(enable_caching=True, expire_after="P30D")
