"""The record of an endpoint in each of its states."""

from __future__ import annotations

from local_aws.kernel.records import Record, now
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.jobs.endings import clip


def in_service(record: Record, config: Record, serving: Serving) -> None:
    """Record that a configuration is served."""
    record.pop("FailureReason", None)
    record.pop("DataCaptureConfig", None)
    record.update(
        {
            "EndpointConfigName": config["EndpointConfigName"],
            "ProductionVariants": [_summary(config["ProductionVariants"][0], serving)],
            "_Serving": serving.record(),
            "_InstanceType": config["ProductionVariants"][0].get("InstanceType"),
        }
    )
    if serving.data_capture is not None:
        record["DataCaptureConfig"] = {
            "EnableCapture": True,
            "CaptureStatus": "Started",
            "CurrentSamplingPercentage": serving.data_capture["InitialSamplingPercentage"],
            "DestinationS3Uri": serving.data_capture["DestinationS3Uri"],
            "KmsKeyId": serving.data_capture.get("KmsKeyId", ""),
        }
    _ended(record, "InService")


def failed(record: Record, reason: str) -> None:
    """Record that the endpoint did not come into service."""
    record["FailureReason"] = clip(reason)
    _ended(record, "Failed")


def rolled_back(record: Record, reason: str) -> None:
    """Record that the endpoint serves what it served before the update."""
    record["FailureReason"] = clip(reason)
    for variant in record.get("ProductionVariants", []):
        if "CurrentInstanceCount" in variant:
            variant["DesiredInstanceCount"] = variant["CurrentInstanceCount"]
            variant["DesiredWeight"] = variant["CurrentWeight"]
    _ended(record, "InService")


def pending(record: Record, config: Record, serving: Serving, deployment_config: Record | None) -> None:
    """Record the deployment that is under way."""
    variant = config["ProductionVariants"][0]
    summary = {**_summary(variant, serving), "VariantStatus": [{"Status": "Creating", "StartTime": now()}]}
    if "InstanceType" in variant:
        summary["InstanceType"] = variant["InstanceType"]
    record["PendingDeploymentSummary"] = {
        "EndpointConfigName": config["EndpointConfigName"],
        "ProductionVariants": [summary],
        "StartTime": now(),
    }
    record["_DeploymentConfig"] = deployment_config


def pending_status(record: Record, status: str) -> None:
    """Record the status of the new fleet of the deployment under way."""
    (variant,) = record["PendingDeploymentSummary"]["ProductionVariants"]
    variant["VariantStatus"] = [{"Status": status, "StartTime": now()}]


def desire(record: Record, desired: Record) -> None:
    """Record the desired weight and instance count of the endpoint's variant."""
    (variant,) = record["ProductionVariants"]
    for member in ("DesiredWeight", "DesiredInstanceCount"):
        variant[member] = desired.get(member, variant[member])


def scaled(record: Record) -> None:
    """Record that the variant has its desired weight and instance count."""
    (variant,) = record["ProductionVariants"]
    record.pop("FailureReason", None)
    variant |= {
        "CurrentWeight": variant["DesiredWeight"],
        "CurrentInstanceCount": variant["DesiredInstanceCount"],
    }
    record["_Serving"]["InstanceCount"] = variant["CurrentInstanceCount"]
    _ended(record, "InService")


def _ended(record: Record, status: str) -> None:
    deployment_config = record.pop("_DeploymentConfig", None)
    if deployment_config is not None:
        record["LastDeploymentConfig"] = deployment_config
    record.pop("PendingDeploymentSummary", None)
    record.update({"EndpointStatus": status, "LastModifiedTime": now()})


def _summary(variant: Record, serving: Serving) -> Record:
    weight = variant.get("InitialVariantWeight", 1.0)
    summary = {
        "VariantName": serving.variant,
        "DeployedImages": [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()} for image in serving.model.images
        ],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        return {**summary, "CurrentServerlessConfig": variant["ServerlessConfig"]}
    count = serving.instance_count
    return {**summary, "CurrentInstanceCount": count, "DesiredInstanceCount": count}
