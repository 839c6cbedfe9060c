"""The Processing step: a processing job."""

from __future__ import annotations

from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.job_step import JobApi, run_job

_API = JobApi("ProcessingJob", "processing-job")


class ProcessingStep(StepType):
    """Runs ``CreateProcessingJob``."""

    operation = "CreateProcessingJob"
    filled_in = frozenset({_API.name_member})
    members = frozenset({"PropertyFiles", "RetryPolicies"})
    cache_attributes = ("AppSpecification", "Environment", "ProcessingInputs")

    def run(self, attempt: Attempt) -> Result:
        """Run the job."""
        return run_job(_API, attempt)
