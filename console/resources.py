"""Creates the buckets, roles, Glue jobs and crawlers that the demo runs on, or brings them up to date."""

from __future__ import annotations

import json
from typing import Any

import boto3

from console.feeds import FeedUrls
from console.names import Names
from pipelines.code_assets import glue_code, upload_missing

GLUE_VERSION = "5.1"
_WORKERS = {"WorkerType": "G.1X", "NumberOfWorkers": 2}
_TIMEOUT_MINUTES = 30


def create_buckets(session: boto3.session.Session, names: Names) -> None:
    """Create the three buckets; those that are there stay as they are."""
    s3 = session.client("s3")
    have = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    place = {} if names.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": names.region}}
    for bucket in (names.raw_bucket, names.processed_bucket, names.models_bucket):
        if bucket not in have:
            s3.create_bucket(Bucket=bucket, **place)


def ensure_role(session: boto3.session.Session, name: str, service: str) -> str:
    """Create a role that a service may assume, unless it is there; give its ARN.

    Parameters
    ----------
    service
        The service's principal, e.g. ``"glue.amazonaws.com"``.
    """
    iam = session.client("iam")
    try:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def ensure_package_group(session: boto3.session.Session, name: str) -> None:
    """Create the model package group, unless it is there."""
    client = session.client("sagemaker")
    pages = client.get_paginator("list_model_package_groups").paginate(NameContains=name)
    if not any(
        group["ModelPackageGroupName"] == name for page in pages for group in page["ModelPackageGroupSummaryList"]
    ):
        client.create_model_package_group(ModelPackageGroupName=name)


def put_glue_resources(session: boto3.session.Session, names: Names, role_arn: str, feeds: FeedUrls) -> None:
    """Upload the scripts, and create or update the database's jobs and crawlers."""
    code = glue_code()
    upload_missing(session.client("s3"), names.models_bucket, [code])
    glue = session.client("glue")
    jobs = {job["Name"] for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]}
    for name, arguments, shared in _jobs(names, feeds):
        definition = {
            "Role": role_arn,
            "Command": {
                "Name": "glueetl",
                "ScriptLocation": code.uri(names.models_bucket, f"{name}.py"),
                "PythonVersion": "3",
            },
            "GlueVersion": GLUE_VERSION,
            "Timeout": _TIMEOUT_MINUTES,
            "DefaultArguments": {
                **arguments,
                "--extra-py-files": ",".join(code.uri(names.models_bucket, f"{module}.py") for module in shared),
            },
            **_WORKERS,
        }
        if names.named(name) in jobs:
            glue.update_job(JobName=names.named(name), JobUpdate=definition)
        else:
            glue.create_job(Name=names.named(name), **definition)
    _put_crawlers(glue, names, role_arn)


def _jobs(names: Names, feeds: FeedUrls) -> list[tuple[str, dict[str, str], tuple[str, ...]]]:
    """Name, arguments and shared modules of each job."""
    raw = f"s3://{names.raw_bucket}/"
    return [
        (
            "import_income_data",
            {"--SOURCE_URL": feeds.income, "--TARGET_URI": f"{raw}income/", "--TAX_YEAR": "2016"},
            ("job_contract", "feeds"),
        ),
        (
            "import_json_data",
            {"--PARKS_URL": feeds.parks, "--PLAYGROUNDS_URL": feeds.playgrounds, "--TARGET_URI": raw},
            ("job_contract", "feeds"),
        ),
        (
            "prep_data_for_ml",
            {"--RAW_URI": raw, "--TARGET_URI": f"s3://{names.processed_bucket}/playgrounds_income/"},
            ("job_contract",),
        ),
    ]


def _put_crawlers(glue: Any, names: Names, role_arn: str) -> None:
    have = {crawler["Name"] for page in glue.get_paginator("get_crawlers").paginate() for crawler in page["Crawlers"]}
    raw, processed = names.raw_bucket, names.processed_bucket
    # A target a table: what Glue makes of a bucket with a single folder is not certain.
    for name, paths in (
        ("crawl_raw_data", [f"s3://{raw}/{table}/" for table in ("income", "parks", "playgrounds")]),
        ("crawl_processed_data", [f"s3://{processed}/playgrounds_income/"]),
    ):
        definition = {
            "Name": names.named(name),
            "Role": role_arn,
            "DatabaseName": names.database,
            "Targets": {"S3Targets": [{"Path": path} for path in paths]},
        }
        if names.named(name) in have:
            glue.update_crawler(**definition)
        else:
            glue.create_crawler(**definition)
