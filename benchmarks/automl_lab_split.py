"""AutoML on the lab's features and a random-row split, as the lab ran Autopilot, beside its published accuracy.

Each split is an AutoML job on a local_aws of its own; the best candidate scores the test rows in a transform job.

Usage: ``python -m benchmarks.automl_lab_split --source DIR [--splits 3]``, where DIR holds the raw feeds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.processed_rows import build_processed_rows
from console import local_server
from processing.feature_contract import LABEL, feature_set
from processing.lab_features import build_lab_rows
from processing.processed_table import check_processed_table

PUBLISHED = 0.8148
_BUCKET = "automl-benchmark"
_ROLE = "arn:aws:iam::123456789012:role/benchmark"
_BUDGET_SECONDS = 60


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="folder of the raw feeds")
    parser.add_argument("--splits", type=int, default=3, help="random splits")
    options = parser.parse_args(arguments)
    table = check_processed_table(build_processed_rows(options.source), source=str(options.source))
    names = feature_set("lab").feature_names
    rows = build_lab_rows(table).rows[[LABEL, *names]]
    with tempfile.TemporaryDirectory() as folder:
        server = local_server.start(Path(folder), keep=False)
        try:
            with local_server.pointed_at(server):
                accuracies = [split_accuracy(boto3.session.Session(), rows, seed) for seed in range(options.splits)]
        finally:
            server.stop()
    print("| random split | AutoML's test accuracy |\n|---|---|")
    for seed, accuracy in enumerate(accuracies):
        print(f"| {seed} | {accuracy:.4f} |")
    print(f"| mean | {np.mean(accuracies):.4f} |\n| the lab's Autopilot | {PUBLISHED} |")


def split_accuracy(session: boto3.session.Session, rows: pd.DataFrame, seed: int) -> float:
    """Let AutoML train on a random 80 % of the rows, and measure its best candidate on the rest."""
    train, test = train_test_split(rows, test_size=0.2, random_state=seed)
    s3, client = session.client("s3"), session.client("sagemaker")
    name = f"lab-split-{seed}"
    if _BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key=f"{name}/train/train.csv", Body=train.to_csv(index=False))
    features = test.drop(columns=LABEL).to_csv(index=False, header=False)
    s3.put_object(Bucket=_BUCKET, Key=f"{name}/test/test.csv", Body=features)
    client.create_auto_ml_job(
        AutoMLJobName=name,
        InputDataConfig=[
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{_BUCKET}/{name}/train/"}},
                "TargetAttributeName": LABEL,
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{_BUCKET}/{name}/automl"},
        ProblemType="BinaryClassification",
        AutoMLJobObjective={"MetricName": "Accuracy"},
        AutoMLJobConfig={
            "Mode": "ENSEMBLING",
            "CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": _BUDGET_SECONDS},
        },
        RoleArn=_ROLE,
    )
    job = _ended(lambda: client.describe_auto_ml_job(AutoMLJobName=name), "AutoMLJobStatus")
    client.create_model(ModelName=name, Containers=job["BestCandidate"]["InferenceContainers"], ExecutionRoleArn=_ROLE)
    client.create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{_BUCKET}/{name}/test/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{_BUCKET}/{name}/answers", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    _ended(lambda: client.describe_transform_job(TransformJobName=name), "TransformJobStatus")
    answers = s3.get_object(Bucket=_BUCKET, Key=f"{name}/answers/test.csv.out")["Body"].read().decode().split()
    return float(np.mean(np.array(answers, dtype=float) == test[LABEL].to_numpy(dtype=float)))


def _ended(describe: Any, status: str) -> dict[str, Any]:
    while (job := describe())[status] == "InProgress":
        time.sleep(0.5)
    if job[status] != "Completed":
        raise SystemExit(f"{status} {job[status]}: {job.get('FailureReason')}")
    return job


if __name__ == "__main__":
    main()
