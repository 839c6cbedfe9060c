"""When a version counts as one that serves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from console import approvals
from console.errors import CommandError
from console.progress import Progress
from console.registry import Package, Serving
from infrastructure.names import Names
from tests.servers import RunningServer, running

NAMES = Names("", "123456789012", "us-east-1")
MOMENT = datetime(2026, 11, 3, tzinfo=UTC)


def state(status: str, package: str, moving_to: str = "") -> Serving:
    return Serving(status, package, moving_to, MOMENT, "", {})


@pytest.mark.parametrize(
    ("states", "serves"),
    [
        ([state("InService", "one")], True),
        ([state("InService", "two")], False),
        ([None], False),
        ([state("Failed", "one")], False),
        ([state("Deleting", "one")], False),
        ([state("Creating", "one"), state("InService", "one")], True),
        ([state("Creating", "one"), state("Failed", "one")], False),
        ([state("Updating", "two", "one"), state("Updating", "two", "one"), state("InService", "one")], True),
        ([state("Updating", "two", "one"), state("RollingBack", "two", "one"), state("InService", "two")], False),
        # Another one is on its way: this one has to be approved once more to stay.
        ([state("Updating", "one", "two")], False),
    ],
)
def test_what_serves_is_in_service_and_stays(
    monkeypatch: pytest.MonkeyPatch, states: list[Serving | None], serves: bool
) -> None:
    seen = iter(states)
    monkeypatch.setattr(approvals, "serving", lambda client, endpoint: next(seen))
    monkeypatch.setattr(approvals.time, "sleep", lambda seconds: None)
    chosen = Package("one", 1, "Approved", MOMENT, "", {})

    client: Any = None
    assert approvals.serves(client, NAMES, chosen) == serves
    assert list(seen) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        server.client("s3").create_bucket(Bucket="models")
        server.client("s3").put_object(Bucket="models", Key="model.tar.gz", Body=b"")
        server.client("sagemaker").create_model_package_group(ModelPackageGroupName=NAMES.pipeline)
        yield server


@pytest.fixture
def session(aws: RunningServer) -> boto3.session.Session:
    return boto3.session.Session()


def register(session: boto3.session.Session, note: str = "") -> str:
    """Register a package; return its ARN."""
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    client = session.client("sagemaker")
    arn: str = client.create_model_package(
        ModelPackageGroupName=NAMES.pipeline,
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": "s3://models/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    client.update_model_package(ModelPackageArn=arn, ApprovalDescription=note, ModelApprovalStatus="Approved")
    return arn


@pytest.mark.parametrize(
    ("serves", "moves", "answer"),
    [(True, False, "it still serves on endpoint"), (False, True, "is moving to it all the same"), (False, False, "")],
)
def test_rejecting_what_serves_says_that_it_still_does(session, monkeypatch, serves, moves, answer):
    arn = register(session)
    monkeypatch.setattr(
        approvals, "serving", lambda *_: state("InService", arn if serves else "other", arn if moves else "")
    )
    shown = io.StringIO()
    approvals.reject(session, NAMES, arn, "no", Progress(shown))
    assert f"version {arn.rpartition('/')[2]}" in shown.getvalue()
    assert "'playgrounds" in shown.getvalue() if answer else "endpoint" not in shown.getvalue()
    assert answer in shown.getvalue()


@pytest.mark.parametrize(("note", "kept"), [("", "read the report"), ("too slow", "too slow")])
def test_a_rollback_names_both_versions_and_keeps_the_note(session, monkeypatch, note, kept):
    before, now = register(session, "read the report"), register(session)
    tags = {"ServingPackage": now, "PreviousPackage": before}
    monkeypatch.setattr(approvals, "serving", lambda *_: Serving("InService", now, "", MOMENT, "", tags))
    monkeypatch.setattr(approvals, "alarms_firing", lambda *_: [])

    def no_rule(*_: Any, **__: Any) -> str:
        raise CommandError("rule", "there is none here")

    monkeypatch.setattr(approvals, "started_after", no_rule)
    shown = io.StringIO()
    with pytest.raises(CommandError, match="there is none here"):
        approvals.rollback(session, NAMES, note, Progress(shown))
    assert f"version {now.rpartition('/')[2]} → {before.rpartition('/')[2]}" in shown.getvalue()
    described = session.client("sagemaker").describe_model_package(ModelPackageName=before)
    assert described["ApprovalDescription"] == kept
