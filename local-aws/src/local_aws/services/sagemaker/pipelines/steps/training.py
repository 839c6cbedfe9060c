"""The Training step: a training job."""

from __future__ import annotations

from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.job_step import JobApi, run_job

_API = JobApi("TrainingJob", "training-job")


class TrainingStep(StepType):
    """Runs ``CreateTrainingJob``."""

    operation = "CreateTrainingJob"
    filled_in = frozenset({_API.name_member})
    members = frozenset({"RetryPolicies"})
    cache_attributes = (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    )

    def run(self, attempt: Attempt) -> Result:
        """Run the job."""
        return run_job(_API, attempt)
