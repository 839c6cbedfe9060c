"""Checks of a deployment: its stacks, its work group and its feeds."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from infrastructure.findings import FAIL, OK, Finding, Subject
from infrastructure.stacks import Stacks, has_settled

_FEED_SECONDS = 10.0


def stacks(subject: Subject) -> Iterator[Finding]:
    """Check that both stacks are there and settled."""
    existing = Stacks(subject.session.client("cloudformation"), subject.session.client("s3"))
    for name in (subject.names.bootstrap_stack, subject.names.stack):
        stack = existing.describe(name)
        if stack is None:
            yield Finding(f"stack {name}", FAIL, "does not exist: run 'playgrounds deploy'")
        else:
            remedy = "" if has_settled(stack) else ": see its events, then deploy again"
            yield Finding(f"stack {name}", FAIL if remedy else OK, f"{stack['StackStatus']}{remedy}")


def work_group(subject: Subject) -> Iterator[Finding]:
    """Check the work group that queries run in."""
    name = subject.names.work_group
    try:
        group = subject.session.client("athena").get_work_group(WorkGroup=name)["WorkGroup"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        yield Finding(f"Athena work group {name}", FAIL, "does not exist: run 'playgrounds deploy'")
        return
    engine = group["Configuration"].get("EngineVersion", {}).get("EffectiveEngineVersion", "")
    ok = group["State"] == "ENABLED" and "version 2" not in engine
    remedy = "" if ok else ": enable it, on engine version 3"
    yield Finding(f"Athena work group {name}", OK if ok else FAIL, f"{group['State']} {engine}{remedy}".strip())


def feeds(subject: Subject) -> Iterator[Finding]:
    """Check that each feed can be had."""
    for url in _feed_urls(subject):
        yield _feed(subject.session, url)


def _feed_urls(subject: Subject) -> tuple[str, ...]:
    """Return the feeds of the stack, or the default ones without a stack."""
    existing = Stacks(subject.session.client("cloudformation"), subject.session.client("s3"))
    parameters = existing.parameters(subject.names.stack)
    if not parameters:
        return subject.default_feeds
    return tuple(value for name, value in sorted(parameters.items()) if name.endswith("Url"))


def _feed(session: boto3.session.Session, url: str) -> Finding:
    subject = f"feed {url}"
    parts = urlsplit(url)
    if parts.scheme == "s3":
        try:
            size = session.client("s3").head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["ContentLength"]
        except ClientError as error:
            return Finding(subject, FAIL, f"cannot be read: {error}; deploy again with --source")
        return Finding(subject, OK, f"{size:,} bytes")
    if parts.scheme != "https":
        return Finding(subject, FAIL, "is neither https:// nor s3://; deploy again with --source")
    request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "playgrounds-doctor"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_FEED_SECONDS) as answer:  # noqa: S310 (the stack's own feeds)
            return Finding(subject, OK, f"answers {answer.status}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Finding(subject, FAIL, f"cannot be reached from here: {error}; choose others with 'deploy --source'")
