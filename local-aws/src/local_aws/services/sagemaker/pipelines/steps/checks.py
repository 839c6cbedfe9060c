"""The steps that check a dataset or a model against a baseline: QualityCheck and ClarifyCheck.

Which baseline is used, and what the step's properties are, is the developer guide's "Baseline calculation, drift
detection and lifecycle with ClarifyCheck and QualityCheck steps".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.services.sagemaker.clarify.model_name import MODEL_NAME
from local_aws.services.sagemaker.model_monitor.environment import (
    BASELINE_CONSTRAINTS,
    BASELINE_STATISTICS,
    MODEL_QUALITY,
    check_environment,
)
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.reports import VIOLATIONS_FILE, WITH_VIOLATIONS
from local_aws.services.sagemaker.pipelines.arguments import check_request
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.jobs import run_job

_JOB, _RESOURCE = "ProcessingJob", "processing-job"
_DEFAULTS = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
_SUPPLIED = "SuppliedBaseline"
_USED, _CALCULATED = "BaselineUsedForDriftCheck", "CalculatedBaseline"
_JOB_ATTRIBUTES = ("AppSpecification", "Environment", "ProcessingInputs", "ProcessingResources", "RoleArn")

Baseline = dict[str, str]
"""The S3 URIs of a baseline's files by kind: ``Constraints``, and ``Statistics`` where the check has them."""


class _CheckStep(StepType):
    """Runs a processing job that calculates a baseline, and compares it with an earlier one."""

    label: ClassVar[str]
    """How failures name the check."""
    files: ClassVar[Mapping[str, str]]
    """The file of each kind in the job's output."""
    registered: ClassVar[Mapping[str, tuple[str, Mapping[str, str]]]]
    """By check type, the member of ``DriftCheckBaselines`` that has the baseline, and the member's own by kind."""

    further: ClassVar[tuple[str, ...]] = ()
    """Further members of the step's definition."""

    def __init_subclass__(cls) -> None:
        supplied = tuple(f"{_SUPPLIED}{kind}" for kind in cls.files)
        cls.members = frozenset({"CheckType", "ModelPackageGroupName", *_DEFAULTS, *supplied, *cls.further})
        own = ("CheckType", "SkipCheck", "RegisterNewBaseline", "ModelPackageGroupName", *supplied)
        cls.cache_attributes = (*own, *(f"Job.{name}" for name in _JOB_ATTRIBUTES))

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the processing job."""
        check_request(f"Create{_JOB}", arguments, frozenset({f"{_JOB}Name"}))
        outputs = arguments.get("ProcessingOutputConfig", {}).get("Outputs", ())
        if len(outputs) != 1 or "S3Output" not in outputs[0]:
            raise DefinitionError("the job of a check step has one output, an S3Output")

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the job and what it is compared with."""
        check_type = node.get("CheckType")
        if check_type not in self.registered:
            raise DefinitionError(f"CheckType must be one of {', '.join(self.registered)}; got {check_type!r}")
        for name in _DEFAULTS:
            if not isinstance(node.get(name), bool | None) and not is_expression(node[name]):
                raise DefinitionError(f"{name} must be a boolean; got {node[name]!r}")
        members = {name: node[name] for name in self.members if node.get(name) is not None}
        return {**_DEFAULTS, **members, "Job": node["Arguments"]}

    def run(self, attempt: Attempt) -> Result:
        """Run the job; violations fail the step unless it says otherwise."""
        arguments = attempt.arguments
        earlier = self._earlier_baseline(attempt)
        job = arguments["Job"]
        output = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
        calculated = {kind: f"{output}/{file}" for kind, file in self.files.items()}
        used = calculated if arguments["RegisterNewBaseline"] else earlier
        properties = {
            **{f"{_CALCULATED}{kind}": uri for kind, uri in calculated.items()},
            **{f"{_USED}{kind}": uri for kind, uri in used.items()},
        }
        shown = {name: arguments[name] for name in ("CheckType", "SkipCheck", "RegisterNewBaseline")}
        if "ModelPackageGroupName" in arguments:
            shown["ModelPackageGroupName"] = arguments["ModelPackageGroupName"]
        metadata = {self.label: {**shown, **properties}}

        def started(arn: str) -> None:
            metadata[self.label]["CheckJobArn"] = arn
            attempt.started(metadata)

        name = attempt.resource_name(job.get(f"{_JOB}Name"))
        request = job if arguments["SkipCheck"] else _with_baseline(job, earlier)
        description = run_job(attempt, _JOB, _RESOURCE, name, request, started)
        if description.get("ExitMessage", "").startswith(WITH_VIOLATIONS):
            report = f"{output}/{VIOLATIONS_FILE}"
            metadata[self.label]["ViolationReport"] = report
            if arguments["FailOnViolation"]:
                attempt.started(metadata)
                kind = self.label.removesuffix("Check")
                raise StepFailedError(f"ClientError: {kind} check failed. See violation report {report}")
        return Result(metadata, properties)

    def _earlier_baseline(self, attempt: Attempt) -> Baseline:
        """Return the supplied baseline, else the latest approved model's; empty where none is needed or there.

        Raises
        ------
        StepFailedError
            If the check, or the step's properties, need a baseline and there is none.
        """
        arguments = attempt.arguments
        if arguments["SkipCheck"] and arguments["RegisterNewBaseline"]:
            return {}
        supplied = {kind: arguments.get(f"{_SUPPLIED}{kind}") for kind in self.files}
        group = arguments.get("ModelPackageGroupName")
        registered = self._registered_baseline(attempt, group) if group and not all(supplied.values()) else {}
        baseline = {kind: uri or registered.get(kind, "") for kind, uri in supplied.items()}
        if missing := [kind for kind, uri in baseline.items() if not uri]:
            members = " and ".join(f"{_SUPPLIED}{kind}" for kind in missing)
            raise StepFailedError(
                f"ClientError: There is no baseline for the {arguments['CheckType']} check: supply {members}, name a "
                "ModelPackageGroupName whose latest approved model has DriftCheckBaselines, or set SkipCheck and "
                "RegisterNewBaseline"
            )
        return baseline

    def _registered_baseline(self, attempt: Attempt, group: str) -> Baseline:
        """Return the baseline of the latest approved model of a group; empty if it has none."""
        newest = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1}
        request = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved", **newest}
        packages = attempt.call("ListModelPackages", request)["ModelPackageSummaryList"]
        if not packages:
            return {}
        package = attempt.call("DescribeModelPackage", {"ModelPackageName": packages[0]["ModelPackageArn"]})
        member, names = self.registered[attempt.arguments["CheckType"]]
        sources = package.get("DriftCheckBaselines", {}).get(member, {})
        return {kind: sources[name]["S3Uri"] for kind, name in names.items() if name in sources}


class QualityCheckStep(_CheckStep):
    """Checks the quality of data, or of a model's predictions, by Model Monitor's image."""

    label = "QualityCheck"
    files: ClassVar = {"Statistics": "statistics.json", "Constraints": "constraints.json"}
    registered: ClassVar = {
        "DATA_QUALITY": ("ModelDataQuality", {"Statistics": "Statistics", "Constraints": "Constraints"}),
        MODEL_QUALITY: ("ModelQuality", {"Statistics": "Statistics", "Constraints": "Constraints"}),
    }

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the processing job, and what its environment asks for."""
        super().check(arguments)
        try:
            check_environment(arguments.get("Environment", {}))
        except AnalysisError as error:
            raise DefinitionError(str(error)) from None


class ClarifyCheckStep(_CheckStep):
    """Checks bias, or what a model's features contribute to its predictions, by Clarify's image."""

    label = "ClarifyCheck"
    files: ClassVar = {"Constraints": "analysis.json"}
    registered: ClassVar = {
        "DATA_BIAS": ("Bias", {"Constraints": "PreTrainingConstraints"}),
        "MODEL_BIAS": ("Bias", {"Constraints": "PostTrainingConstraints"}),
        "MODEL_EXPLAINABILITY": ("Explainability", {"Constraints": "Constraints"}),
    }
    further: ClassVar = ("ModelName",)

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the job, which also gets the model's name."""
        arguments = super().own_arguments(node)
        if model := arguments.pop("ModelName", None):
            job = arguments["Job"]
            arguments["Job"] = {**job, "Environment": {**job.get("Environment", {}), MODEL_NAME: model}}
        return arguments


def _with_baseline(job: dict[str, Any], baseline: Baseline) -> dict[str, Any]:
    """Return a job that also gets a baseline: its files as inputs, their paths in the environment."""
    inputs, environment = [], {}
    variables = {"Statistics": BASELINE_STATISTICS, "Constraints": BASELINE_CONSTRAINTS}
    for kind, uri in baseline.items():
        variable = variables[kind]
        folder = f"/opt/ml/processing/baseline/{kind.lower()}"
        place = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        inputs.append({"InputName": variable, "S3Input": place})
        environment[variable] = f"{folder}/{uri.rpartition('/')[2]}"
    return {
        **job,
        "ProcessingInputs": [*job.get("ProcessingInputs", ()), *inputs],
        "Environment": {**job.get("Environment", {}), **environment},
    }
