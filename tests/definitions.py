"""Tiny pipeline definitions, in the form that the SageMaker Python SDK writes."""

from __future__ import annotations

import json
from typing import Any

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/pipeline"
BUCKET = "pipeline-tests"

SLEEP = "import time; time.sleep(60)"
"""Python code for a step that is to be stopped."""

Node = dict[str, Any]


def definition(*steps: Node, **defaults: str) -> str:
    """Write a definition whose string parameters have these defaults."""
    parameters = [{"Name": name, "Type": "String", "DefaultValue": value} for name, value in defaults.items()]
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": list(steps)})


def fail(name: str, message: str) -> Node:
    """Make a Fail step."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def processing(name: str, code: str, *, output: str = "", environment: Node | None = None) -> Node:
    """Make a Processing step that runs Python code; its output lies below the execution's id."""
    uri = {
        "Std:Join": {
            "On": "/",
            "Values": [f"s3://{BUCKET}", {"Get": "Execution.PipelineExecutionId"}, name, output],
        }
    }
    local = f"/opt/ml/processing/output/{output}"
    outputs = [{"OutputName": output, "S3Output": {"S3Uri": uri, "LocalPath": local, "S3UploadMode": "EndOfJob"}}]
    arguments = {
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", code]},
        "Environment": environment or {},
        "ProcessingOutputConfig": {"Outputs": outputs if output else []},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "RoleArn": ROLE,
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments}
