"""Outputs of an execution's processing steps, from S3."""

from __future__ import annotations

import json
from typing import Any

import boto3

from console.executions import Execution


def read_output(session: boto3.session.Session, execution: Execution, step: str, output: str, name: str) -> Any:
    """Read a JSON file that a processing step wrote; see `read_file`."""
    return json.loads(read_file(session, execution, step, output, name))


def read_file(session: boto3.session.Session, execution: Execution, step: str, output: str, name: str) -> bytes:
    """Read a file of a processing step's output."""
    bucket, _, prefix = output_uri(session, execution, step, output).removeprefix("s3://").partition("/")
    body = session.client("s3").get_object(Bucket=bucket, Key=f"{prefix.rstrip('/')}/{name}")["Body"]
    content: bytes = body.read()
    return content


def output_uri(session: boto3.session.Session, execution: Execution, step: str, output: str) -> str:
    """Return the S3 prefix of a processing step's output; of a cached step, the former run's."""
    job = execution.resource_arn(step).rpartition("/")[2]
    description = session.client("sagemaker").describe_processing_job(ProcessingJobName=job)
    outputs = {entry["OutputName"]: entry for entry in description["ProcessingOutputConfig"]["Outputs"]}
    return outputs[output]["S3Output"]["S3Uri"]
