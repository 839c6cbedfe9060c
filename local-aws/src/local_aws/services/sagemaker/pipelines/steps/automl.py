"""The AutoML step: an AutoML job."""

from __future__ import annotations

from local_aws.kernel.context import Answer
from local_aws.services.sagemaker.automl.artifacts import EXPLANATION_FILE, INSIGHTS_FILE
from local_aws.services.sagemaker.automl.requests import MODE
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.faults import DefinitionError
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.job_step import JobApi, run_job

_API = JobApi("AutoMLJob", "automl-job", longest_name=32)


class AutoMLStep(StepType):
    """Runs ``CreateAutoMLJob``.

    Beside the Describe answer, references may lead to ``BestCandidateProperties.ModelInsightsJsonReportPath`` and
    ``BestCandidateProperties.ExplainabilityJsonReportPath``, as the SDK's documentation of the step's properties says.
    """

    operation = "CreateAutoMLJob"
    filled_in = frozenset({_API.name_member})
    members = frozenset({"RetryPolicies"})
    cache_attributes = (
        "AutoMLJobConfig.CandidateGenerationConfig",
        "AutoMLJobConfig.CompletionCriteria",
        "AutoMLJobConfig.DataSplitConfig",
        "AutoMLJobConfig.Mode",
        "AutoMLJobObjective",
        "InputDataConfig",
        "ProblemType",
    )

    def check(self, arguments: dict) -> None:
        """Check the arguments; the step takes no other mode than ensembling."""
        super().check(arguments)
        mode = arguments.get("AutoMLJobConfig", {}).get("Mode")
        if mode != MODE and not is_expression(mode):
            raise DefinitionError(f"an AutoML step takes AutoMLJobConfig.Mode {MODE} only, not {mode!r}")

    def run(self, attempt: Attempt) -> Result:
        """Run the job."""
        result = run_job(_API, attempt)
        return Result(result.metadata, {**result.properties, **_best_candidate_properties(result.properties)})


def _best_candidate_properties(job: Answer) -> dict[str, dict[str, str]]:
    """Return what the pipelines service adds to the Describe answer: where the best candidate's reports lie."""
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
