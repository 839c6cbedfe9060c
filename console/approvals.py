"""``playgrounds approve``, ``reject`` and ``rollback``: decisions on model packages, and the deployment they start."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError

from console.errors import CommandError
from console.executions import Execution, follow, running_execution, started_after
from console.polling import pause_after
from console.progress import Progress
from console.registry import Package, config_of, package_version, packages, serving
from console.session import command_line
from infrastructure.names import Names
from lambda_functions.endpoint_records import CHANGING

Status = Literal["Approved", "Rejected", "PendingManualApproval"]


def approve(
    session: boto3.session.Session, names: Names, version: str, note: str, progress: Progress
) -> Execution | None:
    """Approve a version and follow its deployment; return None when nothing had to be done.

    A version that is approved and already serves stays as it is, and a deployment of it in progress is followed. A
    version that is approved and does not serve is put back to pending first: only a change of the status is certain to
    raise an event.

    Parameters
    ----------
    version
        Its number, its ARN or ``"latest"``.
    note
        Kept with the package, as ``ApprovalDescription``.

    Raises
    ------
    CommandError
        The version does not exist, its deployment fails, or it does not serve in the end.
    """
    client = session.client("sagemaker")
    chosen = package_version(client, names.pipeline, version)
    # Before anything is changed, and no more than advice: whoever may approve need not be allowed to ask.
    with contextlib.suppress(ClientError):
        for alarm in alarms_firing(session, names):
            progress.done("alarm", f"{alarm} is in ALARM: SageMaker rolls an update back while it is")
    if chosen.approval == "Approved":
        if serves(client, names, chosen):
            progress.done(f"version {chosen.version}", "is approved and already serves")
            return None
        if arn := running_execution(client, names.deploy_pipeline, {"ModelPackageArn": chosen.arn}):
            progress.done(f"version {chosen.version}", "is already being deployed: following it")
            execution = _follow_deployment(session, names, chosen, arn, progress)
            if serves(client, names, chosen):
                return execution
            # Another approval had come in between: this one is a new one.
            progress.done(f"version {chosen.version}", "does not serve after all: approving it again")
    approved_at = decide(client, chosen, "Approved", note)
    progress.done(f"version {chosen.version}", "approved")
    progress.waiting("the rule that starts the deployment")
    arn = started_after(
        session,
        names.deploy_pipeline,
        approved_at,
        what=f"the rule {names.named('playgrounds-model-approved')}",
        parameters={"ModelPackageArn": chosen.arn},
    )
    execution = _follow_deployment(session, names, chosen, arn, progress)
    if not serves(client, names, chosen):
        now = serving(client, names.pipeline)
        reason = skipped(execution) or (now.failure if now else "") or "the endpoint has changed since"
        raise CommandError("deployment", f"version {chosen.version} is approved and does not serve: {reason}")
    return execution


def serves(client: Any, names: Names, chosen: Package) -> bool:
    """Return whether a package serves and stays; while the endpoint moves to it, wait for the outcome."""
    start = time.monotonic()
    while (now := serving(client, names.pipeline)) and chosen.arn == (now.moving_to or now.package_arn):
        if now.status not in CHANGING:
            return now.status == "InService"
        time.sleep(pause_after(time.monotonic() - start))
    return False


def _follow_deployment(
    session: boto3.session.Session, names: Names, chosen: Package, arn: str, progress: Progress
) -> Execution:
    """Follow a deployment, and then another deployment of the same package if the first defers to it."""
    progress.phase("deployment", "smoke test, the new model beside the old, traffic, alarms")
    execution = follow(session, arn, progress)
    if reason := skipped(execution):
        progress.done("not deployed", reason)
        other = running_execution(session.client("sagemaker"), names.deploy_pipeline, {"ModelPackageArn": chosen.arn})
        execution = follow(session, other, progress) if other else execution
    return execution


def alarms_firing(session: boto3.session.Session, names: Names) -> list[str]:
    """Return the endpoint's alarms that are in ALARM: SageMaker rolls an update back while one is."""
    answer = session.client("cloudwatch").describe_alarms(AlarmNames=list(names.endpoint_alarms), StateValue="ALARM")
    return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]


def skipped(execution: Execution) -> str:
    """Return why an execution of the deploy pipeline has deployed nothing; empty if it has."""
    for step in reversed(execution.steps):
        outputs = {
            output["Name"]: output["Value"]
            for output in step.get("Metadata", {}).get("Lambda", {}).get("OutputParameters", [])
        }
        if outputs.get("Decision") == "Skip":
            return outputs["Reason"]
    return ""


def reject(session: boto3.session.Session, names: Names, version: str, note: str, progress: Progress) -> None:
    """Reject a version; the endpoint is left as it is, and if it serves the version, that is said."""
    client = session.client("sagemaker")
    chosen = package_version(client, names.pipeline, version)
    decide(client, chosen, "Rejected", note)
    progress.done(f"version {chosen.version}", "rejected")
    now = serving(client, names.pipeline)
    if now and now.package_arn == chosen.arn:
        progress.note(
            f"it still serves on endpoint {names.pipeline}, which a rejection does not change: "
            f"'{command_line(names, 'rollback')}' puts the version before it back, or approve another"
        )
    elif now and now.moving_to == chosen.arn:
        progress.note(f"endpoint {names.pipeline} is moving to it all the same: '{command_line(names, 'status')}'")


def rollback(session: boto3.session.Session, names: Names, note: str, progress: Progress) -> Execution | None:
    """Approve the previously serving version again; without a note it keeps the one that it has.

    Raises
    ------
    CommandError
        Nothing serves, the previous version is not known or no longer approved, an alarm fires that would roll the
        deployment back, or the version does not serve in the end.
    """
    client = session.client("sagemaker")
    now = serving(client, names.pipeline)
    if now is None:
        raise CommandError("rollback", f"endpoint {names.pipeline} does not exist: approve a package first")
    if not now.package_arn:
        raise CommandError(
            "rollback", f"endpoint {names.pipeline} does not serve a model package; approve one by its number"
        )
    recorded = now.tags.get("ServingPackage")
    # The tags are written a moment after a deployment: they may still tell of the one before.
    before = recorded if recorded != now.package_arn else now.tags.get("PreviousPackage")
    if not before:
        raise CommandError("rollback", "the endpoint has served only one package; approve another by its number")
    chosen = package_version(client, names.pipeline, before)
    if chosen.approval != "Approved":
        reason = f"version {chosen.version} served before, but is {chosen.approval} now; approve one by its number"
        raise CommandError("rollback", reason)
    # A model whose package is gone has no version.
    registered = {package.arn: package.version for package in packages(client, names.pipeline)}
    progress.done("rollback", f"version {registered.get(now.package_arn, '?')} → {chosen.version}")
    if alarms := alarms_firing(session, names):
        # They see the model that is to go, and the update would end where it began.
        reason = (
            f"{' and '.join(alarms)} is in ALARM, and SageMaker rolls an update back while it is: wait until it is OK"
        )
        if config := config_of(client, names.pipeline, chosen.arn):
            reason += (
                f", or reject the version that serves, and put the configuration of version {chosen.version} back "
                f"without watching alarms: aws sagemaker update-endpoint --endpoint-name {names.pipeline} "
                f"--endpoint-config-name {config}"
            )
        raise CommandError("rollback", reason)
    return approve(session, names, chosen.arn, note or chosen.note, progress)


def decide(client: Any, chosen: Package, status: Status, note: str) -> datetime:
    """Set a package's status; return the time from which its event may start an execution.

    What is approved and is to be approved again is put back to pending first: only a change is certain to raise
    an event.
    """
    if chosen.approval == status == "Approved":
        _set_approval_status(client, chosen, "PendingManualApproval", note)
    return _set_approval_status(client, chosen, status, note)


def _set_approval_status(client: Any, chosen: Package, status: Status, note: str) -> datetime:
    client.update_model_package(
        ModelPackageArn=chosen.arn,
        ModelApprovalStatus=status,
        # Without a note, too: that of an earlier decision is not this one's.
        ApprovalDescription=note,
    )
    modified: datetime = client.describe_model_package(ModelPackageName=chosen.arn)["LastModifiedTime"]
    return modified
