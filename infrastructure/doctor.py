"""Checks of an account, before and after a deployment; a failed check says what to do."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.names import Names
from infrastructure.permissions import denied, needs
from infrastructure.stacks import Stacks

_FEED_SECONDS = 10.0
_USES = ("processing job", "training job", "transform job", "endpoint")
_INSTANCE_TYPE = "ml.m5.large"
_NEEDED = 2
"""Instances of a kind that are used at once: AutoML and XGBoost are measured side by side."""


@dataclass(frozen=True)
class Finding:
    """The outcome of a check; the detail of a failed one says what to do."""

    subject: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes
    ----------
    image
        Registry account, repository and tag of the image that jobs and models run in.
    default_feeds
        Feed URLs of a deployment that does not exist yet.
    """

    session: boto3.session.Session
    names: Names
    image: tuple[str, str, str]
    default_feeds: tuple[str, ...]


def examine(subject: Subject) -> Iterator[Finding]:
    """Run all checks, one after the other; a check that cannot run is a finding, too."""
    checks: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
        _caller,
        _permissions,
        _stacks,
        _quotas,
        _image,
        _work_group,
        _feeds,
    )
    for check in checks:
        try:
            yield from check(subject)
        except (BotoCoreError, ClientError) as error:
            yield Finding(check.__name__.strip("_").replace("_", " "), False, f"cannot be checked: {error}")


def _caller(subject: Subject) -> Iterator[Finding]:
    identity = subject.session.client("sts").get_caller_identity()
    yield Finding("credentials", True, f"{identity['Arn']}")
    yield Finding("region", True, subject.names.region)


def _permissions(subject: Subject) -> Iterator[Finding]:
    iam = subject.session.client("iam")
    caller = _principal(iam, subject.session.client("sts").get_caller_identity()["Arn"])
    needed = needs(subject.names)
    refused = list(denied(iam, caller, needed))
    if refused:
        yield Finding("permissions", False, f"{caller} may not call {'; '.join(refused)}: request the permissions")
    else:
        actions = sum(len(need.actions) for need in needed)
        yield Finding("permissions", True, f"{actions} calls are allowed by {caller}'s policies")


def _stacks(subject: Subject) -> Iterator[Finding]:
    stacks = Stacks(subject.session.client("cloudformation"), subject.session.client("s3"))
    for name in (subject.names.bootstrap_stack, subject.names.stack):
        stack = stacks.describe(name)
        if stack is None:
            yield Finding(f"stack {name}", False, "does not exist: run 'playgrounds deploy'")
        else:
            settled = stack["StackStatus"].endswith("_COMPLETE") and "ROLLBACK" not in stack["StackStatus"]
            remedy = "" if settled else ": see its events, then deploy again"
            yield Finding(f"stack {name}", settled, f"{stack['StackStatus']}{remedy}")


def _quotas(subject: Subject) -> Iterator[Finding]:
    client = subject.session.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    quotas = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    for use in _USES:
        name = f"{_INSTANCE_TYPE} for {use} usage"
        value = quotas.get(name)
        needed = 1 if use == "endpoint" else _NEEDED
        if value is None:
            yield Finding(f"quota {name}", False, "is not listed: check it in Service Quotas")
        elif value < needed:
            yield Finding(
                f"quota {name}", False, f"is {value:.0f}, but {needed} are used: request an increase in Service Quotas"
            )
        else:
            yield Finding(f"quota {name}", True, f"{value:.0f}")


def _image(subject: Subject) -> Iterator[Finding]:
    account, repository, tag = subject.image
    answer = subject.session.client("ecr").batch_get_image(
        registryId=account, repositoryName=repository, imageIds=[{"imageTag": tag}]
    )
    exists = bool(answer["images"])
    remedy = "" if exists else f": {answer['failures'][0]['failureReason']}; use a region that has it"
    yield Finding("image", exists, f"{account}/{repository}:{tag}{remedy}")


def _work_group(subject: Subject) -> Iterator[Finding]:
    name = subject.names.work_group
    try:
        group = subject.session.client("athena").get_work_group(WorkGroup=name)["WorkGroup"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        yield Finding(f"Athena work group {name}", False, "does not exist: run 'playgrounds deploy'")
        return
    engine = group["Configuration"].get("EngineVersion", {}).get("EffectiveEngineVersion", "")
    ok = group["State"] == "ENABLED" and "version 2" not in engine
    remedy = "" if ok else ": enable it, on engine version 3"
    yield Finding(f"Athena work group {name}", ok, f"{group['State']} {engine}{remedy}".strip())


def _feeds(subject: Subject) -> Iterator[Finding]:
    for url in _feed_urls(subject):
        yield _feed(subject.session, url)


def _feed_urls(subject: Subject) -> tuple[str, ...]:
    """Return the feeds of the stack, or the default ones without a stack."""
    stacks = Stacks(subject.session.client("cloudformation"), subject.session.client("s3"))
    stack = stacks.describe(subject.names.stack)
    if stack is None:
        return subject.default_feeds
    parameters = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])}
    return tuple(value for name, value in sorted(parameters.items()) if name.endswith("Url"))


def _feed(session: boto3.session.Session, url: str) -> Finding:
    subject = f"feed {url}"
    parts = urlsplit(url)
    if parts.scheme == "s3":
        try:
            size = session.client("s3").head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["ContentLength"]
        except ClientError as error:
            return Finding(subject, False, f"cannot be read: {error}; deploy again with --source")
        return Finding(subject, True, f"{size:,} bytes")
    if parts.scheme != "https":
        return Finding(subject, False, "is neither https:// nor s3://; deploy again with --source")
    request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "playgrounds-doctor"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_FEED_SECONDS) as answer:  # noqa: S310 (the stack's own feeds)
            return Finding(subject, True, f"answers {answer.status}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Finding(subject, False, f"cannot be reached from here: {error}; choose others with 'deploy --source'")


def _principal(iam: Any, arn: str) -> str:
    """Return the ARN that policies are attached to: for a session, that of its role, path included."""
    resource = arn.split(":", 5)[5]
    if not resource.startswith("assumed-role/"):
        return arn
    role_arn: str = iam.get_role(RoleName=resource.split("/")[1])["Role"]["Arn"]
    return role_arn
