"""Checks of what an account brings along, deployed or not; none of them costs or changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infrastructure.connections import COMPLETED, CONNECTION, connection_status
from infrastructure.findings import FAIL, OK, WARN, Finding, Subject
from infrastructure.permissions import denied, needs
from infrastructure.refusals import missing_is_fine
from infrastructure.service_quotas import sagemaker_quotas
from infrastructure.stacks import Stacks, has_settled

_BOOTSTRAP = Path(__file__).with_name("bootstrap.yaml")
_CONCURRENCY = 10
"""Lambda invocations at once: those of a deployment, with room for others. New accounts may have no more."""
_IAM_ONLY = "IAM_ALLOWED_PRINCIPALS"
_SCALING_ROLE = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


def caller(subject: Subject) -> Iterator[Finding]:
    """Check who calls, and where."""
    arn = _caller_arn(subject)
    if arn.endswith(":root"):
        yield Finding("credentials", WARN, f"{arn}: use a role or user of a person instead, with MFA")
    else:
        yield Finding("credentials", OK, arn)
    partition = arn.split(":")[1]
    if partition == "aws":
        yield Finding("region", OK, subject.names.region)
    else:
        yield Finding("region", WARN, f"{subject.names.region}, partition {partition}: the feeds lie in partition aws")


def permissions(subject: Subject) -> Iterator[Finding]:
    """Check what the caller's policies allow, by simulation: nothing is called."""
    arn = _caller_arn(subject)
    if arn.endswith(":root"):
        yield Finding("permissions", OK, "the root user may call everything that the organization allows")
        return
    iam = subject.session.client("iam")
    principal = _principal(iam, arn)
    needed = needs(subject.names, arn.split(":")[1])
    refused = list(denied(iam, principal, needed))
    if refused:
        yield Finding("permissions", FAIL, f"{principal} may not call {'; '.join(refused)}: request the permissions")
    else:
        actions = sum(len(need.actions) for need in needed)
        yield Finding("permissions", OK, f"{actions} calls are allowed by {principal}'s policies")


def quotas(subject: Subject) -> Iterator[Finding]:
    """Check that each kind of use has an instance type that the account may use."""
    demands = tuple(subject.demands())
    values = sagemaker_quotas(subject.session.client("service-quotas"), demands)
    for demand in demands:
        name, chosen = f"quota {demand.use}", demand.allowed(values)
        request = demand.request(values, subject.names.region)
        if chosen is None:
            yield Finding(name, FAIL, f"{demand.shortage(values)}: {request}")
        elif demand.is_unknown(values):
            yield Finding(name, WARN, f"'{demand.quota_names[0]}' is not listed: look for it in Service Quotas")
        else:
            value = values[demand.quota_names[demand.types.index(chosen)]].value
            detail = f"{chosen}: {value}"
            if chosen != demand.types[0]:
                detail += f", for {demand.types[0]} is not allowed: 'playgrounds deploy' takes it"
            if value < demand.at_once:
                yield Finding(name, WARN, f"{detail}; up to {demand.at_once} are used at once: {request}")
            else:
                yield Finding(name, OK, detail)


def image(subject: Subject) -> Iterator[Finding]:
    """Check that the image of jobs and models is in the region."""
    if subject.image is None:
        yield Finding("image", FAIL, f"SageMaker has no XGBoost image in {subject.names.region}: use another region")
        return
    account, repository, tag = subject.image
    answer = subject.session.client("ecr").batch_get_image(
        registryId=account, repositoryName=repository, imageIds=[{"imageTag": tag}]
    )
    exists = bool(answer["images"])
    remedy = "" if exists else f": {answer['failures'][0]['failureReason']}; use a region that has it"
    yield Finding("image", OK if exists else FAIL, f"{account}/{repository}:{tag}{remedy}")


def catalog(subject: Subject) -> Iterator[Finding]:
    """Check that IAM alone decides on new databases and tables, and what Athena finds as database ``default``."""
    settings = subject.session.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    governed = [
        what
        for what, member in (
            ("databases", "CreateDatabaseDefaultPermissions"),
            ("tables", "CreateTableDefaultPermissions"),
        )
        if not any(entry["Principal"].get("DataLakePrincipalIdentifier") == _IAM_ONLY for entry in settings[member])
    ]
    if governed:
        remedy = "choose 'Use only IAM access control' for both (Lake Formation, Data Catalog settings), or grant"
        reason = f"governs new {' and '.join(governed)}, whatever the roles' policies allow: {remedy} the roles access"
        yield Finding("Lake Formation", FAIL, reason)
    else:
        yield Finding("Lake Formation", OK, "leaves new databases and tables to IAM")
    detail = "does not exist: the first query of Athena creates it"
    with missing_is_fine():
        subject.session.client("glue").get_database(Name="default")
        detail = "exists"
    yield Finding("database default", OK, detail)


def concurrency(subject: Subject) -> Iterator[Finding]:
    """Check how many functions may run at once."""
    limit = subject.session.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    if limit < _CONCURRENCY:
        remedy = "request an increase of 'Concurrent executions' of AWS Lambda in Service Quotas"
        yield Finding("Lambda concurrency", WARN, f"{limit} unreserved, fewer than {_CONCURRENCY}: {remedy}")
    else:
        yield Finding("Lambda concurrency", OK, f"{limit} unreserved")


def scaling_role(subject: Subject) -> Iterator[Finding]:
    """Report whether the role that scales endpoints exists."""
    detail = "does not exist: the first endpoint that scales (--max-instances) creates it"
    with missing_is_fine():
        subject.session.client("iam").get_role(RoleName=_SCALING_ROLE)
        detail = "exists"
    yield Finding("service-linked role of scaling", OK, detail)


def bootstrap(subject: Subject) -> Iterator[Finding]:
    """Check the stack that bounds a deployment's roles, and the connection of its build."""
    stacks = Stacks(subject.session.client("cloudformation"), subject.session.client("s3"))
    name = subject.names.bootstrap_stack
    stack = stacks.describe(name)
    if stack is None:
        yield Finding(f"stack {name}", OK, "does not exist: 'playgrounds deploy' creates it")
        return
    if not has_settled(stack):
        yield Finding(f"stack {name}", FAIL, f"{stack['StackStatus']}: see its events, then deploy again")
    elif not stacks.has_resources_of(name, _BOOTSTRAP):
        yield Finding(
            f"stack {name}", WARN, "is of another version: 'playgrounds deploy --update-bootstrap' updates it"
        )
    else:
        yield Finding(f"stack {name}", OK, f"{stack['StackStatus']}, of this version")
    if connection := stacks.parameters(name).get(CONNECTION):
        status = connection_status(subject.session.client("codeconnections"), connection)
        remedy = "" if status == COMPLETED else ": complete it in the console (Developer Tools, Settings, Connections)"
        yield Finding(f"connection {connection}", FAIL if remedy else OK, f"{status}{remedy}")


def _caller_arn(subject: Subject) -> str:
    return str(subject.session.client("sts").get_caller_identity()["Arn"])


def _principal(iam: Any, arn: str) -> str:
    """Return the ARN that policies are attached to: for a session, that of its role, path included."""
    resource = arn.split(":", 5)[5]
    if not resource.startswith("assumed-role/"):
        return arn
    role_arn: str = iam.get_role(RoleName=resource.split("/")[1])["Role"]["Arn"]
    return role_arn
