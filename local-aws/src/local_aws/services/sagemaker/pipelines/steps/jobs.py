"""The steps that run a job: Processing, Training, Tuning, Transform and AutoML. They create, await and describe it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.automl.artifacts import EXPLANATION_FILE, INSIGHTS_FILE
from local_aws.services.sagemaker.automl.requests import MODE
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, StepFailedError, StepStoppedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.retry import classify_job_failure
from local_aws.services.sagemaker.pipelines.step_type import NAME_LENGTH, Attempt, Result, StepType
from local_aws.services.sagemaker.tuning.definitions import definitions_of

_TOP_TRAINING_JOBS = 50


class _JobStep(StepType):
    """Runs a job with the step's arguments to its end."""

    job: str
    """The job's name in operations and members, e.g. ``ProcessingJob``."""
    resource: str
    """Its type in ARNs, e.g. ``processing-job``."""
    metadata_member = ""
    """The member of the step's metadata that has the job's ARN, where it is not named as the job."""
    longest_name = NAME_LENGTH
    members = frozenset({"RetryPolicies"})

    def __init_subclass__(cls) -> None:
        cls.operation = f"Create{cls.job}"
        cls.filled_in = frozenset({f"{cls.job}Name"})

    def run(self, attempt: Attempt) -> Result:
        """Run the job."""
        metadata: dict[str, Any] = {}

        def started(arn: str) -> None:
            metadata[self.metadata_member or self.job] = {"Arn": arn}
            attempt.started(metadata)

        name = attempt.resource_name(attempt.arguments.get(f"{self.job}Name"), self.longest_name)
        return Result(metadata, run_job(attempt, self.job, self.resource, name, attempt.arguments, started))


def run_job(
    attempt: Attempt, job: str, resource: str, name: str, request: Request, started: Callable[[str], None]
) -> Answer:
    """Create a job, await its end and return its description; a job that does not complete fails the step.

    A job that somebody has stopped stops the step; one that has used up its time is not such a job.

    Parameters
    ----------
    started
        Called with the job's ARN.
    """
    identity = {f"{job}Name": name}
    answer = attempt.call(f"Create{job}", {**request, **identity})
    started(answer[f"{job}Arn"])

    def stop() -> None:
        # A job that has ended in the meantime cannot be stopped, and need not be.
        with contextlib.suppress(AwsError):
            attempt.call(f"Stop{job}", identity)

    with attempt.stop.calling(stop):
        attempt.work.wait(f"{resource}/{name}")
    description = attempt.call(f"Describe{job}", identity)
    status = description[f"{job}Status"]
    if status == "Completed":
        return description
    if status == "Stopped" and (attempt.stop.requested or _was_stopped(description)):
        raise StepStoppedError(name)
    reason = description.get("FailureReason") or f"{job} {name} ended as {status}"
    raise StepFailedError(reason, classify_job_failure(reason))


def _was_stopped(job: Answer) -> bool:
    return "FailureReason" not in job and job.get("SecondaryStatus", "Stopped") == "Stopped"


class ProcessingStep(_JobStep):
    """Runs ``CreateProcessingJob``."""

    job, resource = "ProcessingJob", "processing-job"
    members = frozenset({"PropertyFiles", "RetryPolicies"})
    cache_attributes = ("AppSpecification", "Environment", "ProcessingInputs")


class TrainingStep(_JobStep):
    """Runs ``CreateTrainingJob``."""

    job, resource = "TrainingJob", "training-job"
    cache_attributes = (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    )


class TuningStep(_JobStep):
    """Runs ``CreateHyperParameterTuningJob``.

    Beside the Describe answer, references may lead to ``TrainingJobSummaries``: up to 50 training jobs that have an
    objective, the best first, as the SDK's documentation of ``get_top_model_s3_uri`` says.
    """

    job, resource = "HyperParameterTuningJob", "hyper-parameter-tuning-job"
    metadata_member = "TuningJob"
    longest_name = 32
    cache_attributes = (
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition.AlgorithmSpecification",
        "TrainingJobDefinition.HyperParameterRanges",
        "TrainingJobDefinition.InputDataConfig",
        "TrainingJobDefinition.StaticHyperParameters",
        "TrainingJobDefinition.TuningObjective",
        "TrainingJobDefinitions",
    )

    def run(self, attempt: Attempt) -> Result:
        """Run the job, and add its training jobs by rank."""
        result = super().run(attempt)
        objective = definitions_of(result.properties)[0].objective
        request = {
            "HyperParameterTuningJobName": result.properties["HyperParameterTuningJobName"],
            "SortBy": "FinalObjectiveMetricValue",
            "SortOrder": "Descending" if objective["Type"] == "Maximize" else "Ascending",
            "MaxResults": _TOP_TRAINING_JOBS,
        }
        answer = attempt.call("ListTrainingJobsForHyperParameterTuningJob", request)
        summaries = {"TrainingJobSummaries": answer["TrainingJobSummaries"]}
        return Result(result.metadata, {**result.properties, **summaries})


class TransformStep(_JobStep):
    """Runs ``CreateTransformJob``."""

    job, resource = "TransformJob", "transform-job"
    cache_attributes = ("DataProcessing", "Environment", "ModelName", "TransformInput")


class AutoMLStep(_JobStep):
    """Runs ``CreateAutoMLJob``.

    Beside the Describe answer, references may lead to ``BestCandidateProperties.ModelInsightsJsonReportPath`` and
    ``BestCandidateProperties.ExplainabilityJsonReportPath``, as the SDK's documentation of the step's properties says.
    """

    job, resource = "AutoMLJob", "automl-job"
    longest_name = 32
    cache_attributes = (
        "AutoMLJobConfig.CandidateGenerationConfig",
        "AutoMLJobConfig.CompletionCriteria",
        "AutoMLJobConfig.DataSplitConfig",
        "AutoMLJobConfig.Mode",
        "AutoMLJobObjective",
        "InputDataConfig",
        "ProblemType",
    )

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the arguments; the only mode of the step is ensembling."""
        super().check(arguments)
        mode = arguments.get("AutoMLJobConfig", {}).get("Mode")
        if mode != MODE and not is_expression(mode):
            raise DefinitionError(f"an AutoML step takes AutoMLJobConfig.Mode {MODE} only, not {mode!r}")

    def run(self, attempt: Attempt) -> Result:
        """Run the job, and add where the best candidate's reports are."""
        result = super().run(attempt)
        return Result(result.metadata, {**result.properties, **_best_candidate_properties(result.properties)})


def _best_candidate_properties(job: Answer) -> dict[str, dict[str, str]]:
    """Return what the pipelines service adds to the Describe answer."""
    best = job.get("BestCandidate", {})
    places = best.get("CandidateProperties", {}).get("CandidateArtifactLocations")
    if places is None:
        return {}
    folder = best["CandidateName"]
    return {
        "BestCandidateProperties": {
            "ModelInsightsJsonReportPath": f"{places['ModelInsights']}/{folder}/{INSIGHTS_FILE}",
            "ExplainabilityJsonReportPath": f"{places['Explainability']}/{folder}/{EXPLANATION_FILE}",
        }
    }
