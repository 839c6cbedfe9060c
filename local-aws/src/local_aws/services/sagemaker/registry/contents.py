"""What a model package holds: containers whose model data must be there."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import ObjectInfo, Objects, split_uri

_ABSENT = frozenset({"NoSuchBucket", "NoSuchKey"})


def check_inference_specification(
    objects: Objects, specification: dict[str, Any] | None, versioned: bool
) -> dict[str, Any]:
    """Check a package's containers.

    Parameters
    ----------
    specification
        ``InferenceSpecification`` of the request.

    Returns
    -------
    dict
        The specification, with the ETag of each container's model data.
    """
    if not specification:
        raise _invalid("InferenceSpecification is required: it names the container and the model data.")
    containers = []
    for container in specification["Containers"]:
        if not container.get("Image"):
            raise _invalid("Image of each container of InferenceSpecification is required.")
        if container.get("Environment") and not versioned:
            raise _invalid("Environment variable map cannot be specified when using non-versioned ModelPackages")
        containers.append({**container, **_model_data(objects, container)})
    return {**specification, "Containers": containers}


def _model_data(objects: Objects, container: dict[str, Any]) -> dict[str, str]:
    """Return the ETag of a container's model data, which must be there."""
    url = container.get("ModelDataUrl")
    if url is not None:
        return {"ModelDataETag": _object(objects, url).etag}
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        raise _invalid("ModelDataUrl or ModelDataSource of each container of InferenceSpecification is required.")
    if source["S3DataType"] == "S3Object":
        return {"ModelDataETag": _object(objects, source["S3Uri"]).etag}
    try:
        found = objects.list(*split_uri(source["S3Uri"]))
    except AwsError as error:
        raise _absent(source["S3Uri"], error) from error
    if not found:
        raise _invalid(f"Could not find model data at {source['S3Uri']}.")
    return {}


def _object(objects: Objects, uri: str) -> ObjectInfo:
    try:
        return objects.get(*split_uri(uri))
    except AwsError as error:
        raise _absent(uri, error) from error


def _absent(uri: str, error: AwsError) -> AwsError:
    return _invalid(f"Could not find model data at {uri}.") if error.code in _ABSENT else error


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
