"""Data and requests that the tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.conftest import RunningServer
from tests.waiting import wait_until

BUCKET = "automl-tests"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
TARGET = "accessible"
FEATURES = ("swing", "income", "borough", "constant")
ROWS = 600


def table(rows: int = ROWS, labels: tuple[str, ...] = ("no", "yes"), target: str = TARGET) -> str:
    """Write training data: a column that decides most labels, one of noise, one of text, one that never changes."""
    random = np.random.default_rng(7)
    lines = [f"{target},{','.join(FEATURES)}"]
    for number in range(rows):
        swing = int(random.random() < 0.5)
        label = labels[swing % len(labels)] if random.random() < 0.9 else labels[number % len(labels)]
        income = "" if number % 11 == 0 else f"{random.normal(50, 10):.3f}"
        lines.append(f"{label},{swing},{income},{'BMQRX'[number % 5]},1")
    return "\n".join(lines) + "\n"


RECORDS = ("1,50.5,B,1", "0,,M,1", "0,61,,1")
"""Headerless records of `FEATURES`."""


def put(server: RunningServer, key: str, content: str | bytes) -> str:
    """Put an object; give its URI."""
    server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}/{key}"


def get(server: RunningServer, uri: str) -> bytes:
    """Get an object's content."""
    key = uri.removeprefix(f"s3://{BUCKET}/")
    return server.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


def channel(uri: str, **members: Any) -> dict[str, Any]:
    """Return an input channel."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {"DataSource": source, "TargetAttributeName": TARGET, **members}


def job_request(name: str, uri: str, **members: Any) -> dict[str, Any]:
    """Return the request of a job on the data at `uri`; `members` replace its members."""
    return {
        "AutoMLJobName": name,
        "InputDataConfig": [channel(uri)],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ProblemType": "BinaryClassification",
        "AutoMLJobObjective": {"MetricName": "Accuracy"},
        "AutoMLJobConfig": configuration(),
        "RoleArn": ROLE,
        **members,
    }


def configuration(seconds: int = 60, candidates: int = 3, **members: Any) -> dict[str, Any]:
    """Return a job's configuration."""
    limits = {"MaxCandidates": candidates, "MaxAutoMLJobRuntimeInSeconds": seconds}
    return {"Mode": "ENSEMBLING", "CompletionCriteria": limits, **members}


def describe(server: RunningServer, name: str) -> dict[str, Any]:
    """Describe a job."""
    return server.client("sagemaker").describe_auto_ml_job(AutoMLJobName=name)


def ended(server: RunningServer, name: str) -> dict[str, Any]:
    """Wait until a job has ended; give its description."""
    return wait_until(
        lambda: (job := describe(server, name))["AutoMLJobStatus"] in ("Completed", "Failed", "Stopped") and job
    )


def candidates(server: RunningServer, name: str, **members: Any) -> list[dict[str, Any]]:
    """List the candidates of a job."""
    return server.client("sagemaker").list_candidates_for_auto_ml_job(AutoMLJobName=name, **members)["Candidates"]
