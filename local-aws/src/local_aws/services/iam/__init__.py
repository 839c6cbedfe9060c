"""AWS IAM: roles and policies are moto's records; what they would allow is evaluated here. Nobody is refused."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.iam.simulation import Simulation
from local_aws.services.iam.users import get_user


def build(context: Context) -> Service:
    """Put the service together."""
    simulation = Simulation(context)
    handlers = {
        "GetUser": get_user,
        "SimulateCustomPolicy": simulation.of_documents,
        "SimulatePrincipalPolicy": simulation.of_principal,
    }
    return Service({("iam", name): handler for name, handler in handlers.items()})
