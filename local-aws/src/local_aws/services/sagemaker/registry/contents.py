"""What a model package holds: containers whose model data must be there."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import Objects, split_uri
from local_aws.services.sagemaker.errors import invalid


def check_inference_specification(
    objects: Objects, specification: dict[str, Any] | None, versioned: bool
) -> dict[str, Any]:
    """Check a package's containers, and return the specification with the ETag of each container's model data."""
    if not specification:
        raise invalid("InferenceSpecification is required: it names the container and the model data.")
    containers = []
    for container in specification["Containers"]:
        if not container.get("Image"):
            raise invalid("Image of each container of InferenceSpecification is required.")
        if container.get("Environment") and not versioned:
            raise invalid("Environment variable map cannot be specified when using non-versioned ModelPackages")
        containers.append({**container, **_model_data(objects, container)})
    return {**specification, "Containers": containers}


def _model_data(objects: Objects, container: dict[str, Any]) -> dict[str, str]:
    """Return the ETag of a container's model data, which must be there; a prefix has none."""
    url, source = container.get("ModelDataUrl"), container.get("ModelDataSource", {}).get("S3DataSource")
    if url is None and source is None:
        raise invalid("ModelDataUrl or ModelDataSource of each container of InferenceSpecification is required.")
    uri = url or source["S3Uri"]
    try:
        if url is not None or source["S3DataType"] == "S3Object":
            return {"ModelDataETag": objects.get(*split_uri(uri)).etag}
        is_there = bool(objects.list(*split_uri(uri)))
    except AwsError as error:
        if error.code not in ("NoSuchBucket", "NoSuchKey"):
            raise
        is_there = False
    if not is_there:
        raise invalid(f"Could not find model data at {uri}.")
    return {}
