"""Compact pipeline definitions, in the form that the SageMaker Python SDK writes."""

from __future__ import annotations

import json
from typing import Any

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/pipeline"
BUCKET = "pipeline-tests"

SLEEP = "import time; time.sleep(60)"
"""Python code for a step that is to be stopped."""

Node = dict[str, Any]


def definition(*steps: Node, parameters: tuple[Node, ...] = (), **members: Any) -> str:
    """Write a definition."""
    return json.dumps(
        {"Version": "2020-12-01", "Metadata": {}, "Parameters": list(parameters), "Steps": list(steps), **members}
    )


def parameter(name: str, type_name: str = "String", default: Any = None, **members: Any) -> Node:
    """Declare a parameter."""
    node = {"Name": name, "Type": type_name, **members}
    return node if default is None else {**node, "DefaultValue": default}


def processing(
    name: str,
    code: str = "",
    *,
    inputs: dict[str, Any] | None = None,
    outputs: tuple[str, ...] = (),
    environment: dict[str, Any] | None = None,
    **members: Any,
) -> Node:
    """Return a Processing step that runs Python code; its outputs lie below the execution's id."""
    arguments: Node = {
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", code or "pass"]},
        "Environment": environment or {},
        "ProcessingInputs": [
            {"InputName": key, "S3Input": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/input/{key}", **_INPUT}}
            for key, uri in (inputs or {}).items()
        ],
        "ProcessingOutputConfig": {"Outputs": [_output(name, key) for key in outputs]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "RoleArn": ROLE,
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **members}


def write_json(output: str, file: str, content: Any) -> str:
    """Return the code that writes a JSON file into an output."""
    return f"open('/opt/ml/processing/output/{output}/{file}', 'w').write({json.dumps(content)!r})"


def property_file(name: str, output: str, path: str) -> Node:
    """Declare a property file."""
    return {"PropertyFileName": name, "OutputName": output, "FilePath": path}


def condition(name: str, *conditions: Node, then: tuple = (), otherwise: tuple = (), **members: Any) -> Node:
    """Return a Condition step."""
    arguments = {"Conditions": list(conditions), "IfSteps": list(then), "ElseSteps": list(otherwise)}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **members}


def fail(name: str, message: Any = "", **members: Any) -> Node:
    """Return a Fail step."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **members}


def register(name: str, group: Any, model_data: Any, **arguments: Any) -> Node:
    """Return a RegisterModel step."""
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": model_data}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    request = {"ModelPackageGroupName": group, "InferenceSpecification": specification, **arguments}
    return {"Name": name, "Type": "RegisterModel", "Arguments": request}


def invoke(name: str, function: Any, outputs: dict[str, str], arguments: Node | None = None, **members: Any) -> Node:
    """Return a Lambda step; outputs are types by name."""
    parameters = [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()]
    node = {"Name": name, "Type": "Lambda", "Arguments": arguments or {}, "FunctionArn": function}
    return {**node, "OutputParameters": parameters, **members}


def callback(name: str, queue_url: Any, outputs: dict[str, str], arguments: Node | None = None, **members: Any) -> Node:
    """Return a Callback step; outputs are types by name."""
    parameters = [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()]
    node = {"Name": name, "Type": "Callback", "Arguments": arguments or {}, "SqsQueueUrl": queue_url}
    return {**node, "OutputParameters": parameters, **members}


def compare(kind: str, left: Any, right: Any) -> Node:
    """Return a comparison."""
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def get(path: str) -> Node:
    """Refer to a parameter, variable or property."""
    return {"Get": path}


def join(*values: Any, on: str = "") -> Node:
    """Join values to a string."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def json_get(step: str, file: str, path: str) -> Node:
    """Read a value of a property file."""
    return {"Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.{file}"}, "Path": path}}


def output_uri(step: str, output: str) -> Node:
    """Refer to a processing output's place."""
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri")


_INPUT = {"S3DataType": "S3Prefix", "S3InputMode": "File"}


def _output(step: str, name: str) -> Node:
    uri = join(f"s3://{BUCKET}", get("Execution.PipelineExecutionId"), step, name, on="/")
    local = f"/opt/ml/processing/output/{name}"
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": local, "S3UploadMode": "EndOfJob"}}
