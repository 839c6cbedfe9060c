"""The Transform step: a batch transform job."""

from __future__ import annotations

from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.job_step import JobApi, run_job

_API = JobApi("TransformJob", "transform-job")


class TransformStep(StepType):
    """Runs ``CreateTransformJob``."""

    operation = "CreateTransformJob"
    filled_in = frozenset({_API.name_member})
    members = frozenset({"RetryPolicies"})
    cache_attributes = ("DataProcessing", "Environment", "ModelName", "TransformInput")

    def run(self, attempt: Attempt) -> Result:
        """Run the job."""
        return run_job(_API, attempt)
