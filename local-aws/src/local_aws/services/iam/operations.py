"""IAM's contract, as far as it is not moto's."""

from __future__ import annotations

from datetime import UTC, datetime

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import USER_ARN, USER_ID, principal
from local_aws.services.iam.simulation import COMMON, Simulation

_USER_NAME = USER_ARN.rpartition("/")[2]
_SINCE = datetime(2024, 1, 1, tzinfo=UTC)


def build(context: Context) -> Service:
    """Build the service."""
    simulation = Simulation(context)
    table = {
        "GetUser": Operation(get_user),
        "SimulateCustomPolicy": Operation(simulation.of_documents, Members(COMMON)),
        "SimulatePrincipalPolicy": Operation(simulation.of_principal, Members((*COMMON, "PolicySourceArn"))),
    }
    return Service(operations("iam", table, error="InvalidInput"))


def get_user(request: Request) -> Answer:
    """Serve GetUser of the account's one user; without a name, for the caller."""
    name = request.get("UserName")
    if name is None and ":role/" in principal():
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    if name not in (None, _USER_NAME):
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return {"User": {"Path": "/", "UserName": _USER_NAME, "UserId": USER_ID, "Arn": USER_ARN, "CreateDate": _SINCE}}
