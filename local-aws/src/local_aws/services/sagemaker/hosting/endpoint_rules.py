"""The changes of an endpoint that are refused, each with ``ValidationException``."""

from __future__ import annotations

from local_aws.kernel.records import Record, Records
from local_aws.services.applicationautoscaling import targets
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.hosting.fleet import MAX_INSTANCES
from local_aws.services.sagemaker.hosting.serving import Serving


def require_same_variant(endpoint: Record, serving: Serving) -> None:
    """Refuse a deployment to a variant of another name."""
    (variant,) = endpoint["ProductionVariants"]
    if variant["VariantName"] != serving.variant:
        raise invalid(
            f"A deployment needs the variant name {variant['VariantName']} in the new configuration too, which has "
            f"{serving.variant}"
        )


def require_instances(variant: Record, count: int) -> None:
    """Refuse to count a serverless variant's instances, and more instances than one host has."""
    if "CurrentInstanceCount" not in variant:
        raise invalid(f"Variant {variant['VariantName']} is serverless, and has no instances")
    if not 1 <= count <= MAX_INSTANCES:
        raise invalid(f"DesiredInstanceCount must be 1 to {MAX_INSTANCES} on this one host, not {count}")


def require_no_turn_to_serverless(endpoint: Record, variant: Record) -> None:
    """Refuse to make an endpoint on instances serverless; the other way round is allowed."""
    if "ServerlessConfig" in variant and any("CurrentInstanceCount" in old for old in endpoint["ProductionVariants"]):
        raise invalid(
            f'Cannot update instance-based endpoint "{endpoint["EndpointArn"]}" to a serverless one; create a new '
            "endpoint, or delete this one first."
        )


def require_deregistered(records: Records, endpoint: Record, variant: Record) -> None:
    """Refuse to remove a variant that is scaled automatically, or to change its instance type."""
    (old,) = endpoint["ProductionVariants"]
    name, instance_type = old["VariantName"], variant.get("InstanceType")
    # Records of older versions do not have the instance type.
    same = name == variant["VariantName"] and endpoint.get("_InstanceType", instance_type) == instance_type
    if not same and any(target["ResourceId"].endswith(f"/{name}") for target in targets.of_endpoint(records, endpoint)):
        raise invalid(
            f'The variant(s) "[{name}]" must be deregistered as a scalable target with AWS Auto Scaling before it can '
            "be removed or have its instance type updated."
        )
