"""What a pipeline's step read, wrote and measured: the details behind a node of the graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.errors import CommandError
from console.executions import steps_of_execution
from console.page.definition import steps_of
from console.page.deployment import Deployment
from console.page.metrics import numbers_in
from console.page.pipelines import checked_execution, outcome_of
from console.page.places import files_below, read

_METRIC_FILES = 6
_LARGEST_METRICS = 200_000


@dataclass
class Details:
    """What the description of a step's resource says, under the same headings for every kind."""

    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    logs: list[dict[str, str]] = field(default_factory=list)


def step(deployment: Deployment, execution: str, name: str) -> dict[str, Any]:
    """Return the details of a step of an execution; raise `CommandError` if the pipeline has no such step."""
    client = deployment.client("sagemaker")
    arn = checked_execution(deployment, execution)
    answer = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    written = next((step for step in steps_of(json.loads(answer["PipelineDefinition"])) if step.name == name), None)
    if written is None:
        raise CommandError(f"step {name}", f"execution {arn} has no such step")
    ran = next((step for step in steps_of_execution(client, arn) if step["StepName"] == name), {})
    details = _details(deployment, ran.get("Metadata", {}))
    files = [
        {**file, "output": output}
        for output, uri in details.outputs.items()
        if uri.startswith("s3://")
        for file in files_below(deployment, uri)
    ]
    return {
        "name": name,
        "type": written.type,
        "tests": written.tests,
        "outcome": outcome_of(ran),
        "needs": written.needs,
        "status": ran.get("StepStatus", "NotStarted"),
        "description": ran.get("StepDescription", ""),
        "reason": ran.get("FailureReason", ""),
        "attempts": ran.get("AttemptCount", 0),
        "started": ran.get("StartTime"),
        "ended": ran.get("EndTime"),
        "cached": ran.get("CacheHitResult", {}).get("SourcePipelineExecutionArn", ""),
        "inputs": details.inputs,
        "outputs": details.outputs,
        "parameters": details.parameters,
        "properties": details.properties,
        "metrics": details.metrics | _metrics_of(deployment, files),
        "logs": details.logs,
        "files": files,
    }


def _metrics_of(deployment: Deployment, files: list[dict[str, Any]]) -> dict[str, float]:
    """Return the figures at the top of the JSON files that a step wrote."""
    small = [file for file in files if file["name"].endswith(".json") and file["bytes"] <= _LARGEST_METRICS]
    metrics: dict[str, float] = {}
    for file in small[:_METRIC_FILES]:
        metrics |= numbers_in(json.loads(read(deployment, file["uri"])))
    return metrics


def _details(deployment: Deployment, metadata: Mapping[str, Any]) -> Details:
    for kind, about in metadata.items():
        if kind in _KINDS:
            return _KINDS[kind](deployment, about)
        if "Arn" in about:
            return Details(properties={"Arn": about["Arn"]})
        return Details(properties=dict(about))
    return Details()


def _processing(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    job = deployment.client("sagemaker").describe_processing_job(ProcessingJobName=_name(about))
    inputs = {
        entry["InputName"]: entry.get("S3Input", {}).get("S3Uri", "") for entry in job.get("ProcessingInputs", [])
    }
    outputs = job.get("ProcessingOutputConfig", {}).get("Outputs", [])
    application = job["AppSpecification"]
    return Details(
        inputs=inputs,
        outputs={entry["OutputName"]: entry.get("S3Output", {}).get("S3Uri", "") for entry in outputs},
        parameters=_arguments(application.get("ContainerArguments", [])),
        properties={
            "Job": job["ProcessingJobName"],
            "Image": application["ImageUri"],
            "Entry point": " ".join(application.get("ContainerEntrypoint", [])),
            "Environment": job.get("Environment", {}),
            "Instances": _instances(job["ProcessingResources"]["ClusterConfig"]),
            "Role": job["RoleArn"],
            "Exit message": job.get("ExitMessage", ""),
        },
        logs=_logs("/aws/sagemaker/ProcessingJobs", job["ProcessingJobName"]),
    )


def _training(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    job = deployment.client("sagemaker").describe_training_job(TrainingJobName=_name(about))
    channels = {entry["ChannelName"]: _source(entry) for entry in job.get("InputDataConfig", [])}
    outputs = {"model": job.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")}
    return Details(
        inputs=channels,
        outputs={name: uri for name, uri in outputs.items() if uri},
        parameters=job.get("HyperParameters", {}),
        properties={
            "Job": job["TrainingJobName"],
            "Image": job["AlgorithmSpecification"].get("TrainingImage", ""),
            "Instances": _instances(job["ResourceConfig"]),
            "Managed spot training": job.get("EnableManagedSpotTraining", False),
            "Seconds billed": job.get("BillableTimeInSeconds"),
            "Role": job["RoleArn"],
        },
        metrics={entry["MetricName"]: entry["Value"] for entry in job.get("FinalMetricDataList", [])},
        logs=_logs("/aws/sagemaker/TrainingJobs", job["TrainingJobName"]),
    )


def _transform(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    job = deployment.client("sagemaker").describe_transform_job(TransformJobName=_name(about))
    return Details(
        inputs={"rows": _source(job["TransformInput"])},
        outputs={"answers": job["TransformOutput"]["S3OutputPath"]},
        parameters={
            "Content type": job["TransformInput"].get("ContentType"),
            "Accept": job["TransformOutput"].get("Accept"),
        },
        properties={
            "Job": job["TransformJobName"],
            "Model": job["ModelName"],
            "Instances": _instances(job["TransformResources"]),
        },
        logs=_logs("/aws/sagemaker/TransformJobs", job["TransformJobName"]),
    )


def _automl(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    job = deployment.client("sagemaker").describe_auto_ml_job(AutoMLJobName=_name(about))
    best = job.get("BestCandidate", {})
    objective = best.get("FinalAutoMLJobObjectiveMetric", {})
    return Details(
        inputs={entry.get("ChannelType", "training"): _source(entry) for entry in job.get("InputDataConfig", [])},
        outputs={"models": job["OutputDataConfig"]["S3OutputPath"]},
        parameters={
            "Problem": job.get("ProblemType"),
            "Limits": job.get("AutoMLJobConfig", {}).get("CompletionCriteria", {}),
        },
        properties={
            "Job": job["AutoMLJobName"],
            "Best candidate": best.get("CandidateName", ""),
            "Role": job["RoleArn"],
        },
        metrics={objective["MetricName"]: objective["Value"]} if "Value" in objective else {},
    )


def _check(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    """Return the processing job of a quality or bias check, with the baselines that it was held against."""
    details = _processing(deployment, {"Arn": about["CheckJobArn"]}) if "CheckJobArn" in about else Details()
    details.properties |= {name: value for name, value in about.items() if name != "CheckJobArn"}
    return details


def _function(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    name = about["Arn"].rpartition(":")[2]
    return Details(
        outputs={entry["Name"]: entry["Value"] for entry in about.get("OutputParameters", [])},
        properties={"Function": name},
        logs=_logs(f"/aws/lambda/{name}", ""),
    )


def _callback(deployment: Deployment, about: Mapping[str, Any]) -> Details:
    function = deployment.names.function("deploy-endpoint")
    return Details(
        outputs={entry["Name"]: entry["Value"] for entry in about.get("OutputParameters", [])},
        properties={"Queue": about.get("SqsQueueUrl", ""), "Answered by": function},
        logs=_logs(f"/aws/lambda/{function}", ""),
    )


_KINDS: dict[str, Callable[[Deployment, Mapping[str, Any]], Details]] = {
    "ProcessingJob": _processing,
    "TrainingJob": _training,
    "TransformJob": _transform,
    "AutoMLJob": _automl,
    "QualityCheck": _check,
    "ClarifyCheck": _check,
    "Lambda": _function,
    "Callback": _callback,
}
"""By the member of a step's ``Metadata``; other resources have no more than their ARN."""


def _name(about: Mapping[str, Any]) -> str:
    return str(about["Arn"]).rpartition("/")[2]


def _source(entry: Mapping[str, Any]) -> str:
    return str(entry.get("DataSource", {}).get("S3DataSource", {}).get("S3Uri", ""))


def _instances(resources: Mapping[str, Any]) -> str:
    return f"{resources.get('InstanceCount', 1)} x {resources.get('InstanceType', '')}"


def _logs(group: str, stream: str) -> list[dict[str, str]]:
    return [{"group": group, "stream": stream}]


def _arguments(words: list[str]) -> dict[str, str]:
    """Return a command line's options by name; words without one are kept under their number."""
    arguments: dict[str, str] = {}
    name = ""
    for number, word in enumerate(words):
        if word.startswith("--"):
            name = word.removeprefix("--")
            arguments[name] = ""
        else:
            arguments[name or str(number)] = word
            name = ""
    return arguments
