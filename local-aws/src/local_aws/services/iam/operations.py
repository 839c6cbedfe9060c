"""IAM's contract, as far as it is not moto's."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.context import Context
from local_aws.services.iam.simulation import COMMON, Simulation
from local_aws.services.iam.users import get_user


def build(context: Context) -> Service:
    """Build the service."""
    simulation = Simulation(context)
    table = {
        "GetUser": Operation(get_user),
        "SimulateCustomPolicy": Operation(simulation.of_documents, Members(COMMON)),
        "SimulatePrincipalPolicy": Operation(simulation.of_principal, Members((*COMMON, "PolicySourceArn"))),
    }
    return Service(operations("iam", table, error="InvalidInput"))
