"""What of CreateTransformJob is supported; the rest is refused before anything is recorded."""

from __future__ import annotations

from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.services.sagemaker.jobs.csv_filters import compile_filter

HONOURED = (
    *("TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB"),
    *("BatchStrategy", "Environment", "TransformInput", "TransformOutput", "TransformResources", "DataProcessing"),
    "Tags",
)
VALUES = {
    "TransformInput.SplitType": ("None", "Line"),
    "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
}
_MAX_TOGETHER_MB = 100
"""SageMaker's bound on ``MaxConcurrentTransforms`` times ``MaxPayloadInMB``."""


def validate(request: Request) -> None:
    """Check a request."""
    source = request["TransformInput"]
    split_uri(source["DataSource"]["S3DataSource"]["S3Uri"])
    split_uri(request["TransformOutput"]["S3OutputPath"])
    if request["TransformResources"]["InstanceCount"] != 1:
        raise AwsError("ValidationException", "TransformResources.InstanceCount must be 1: there is one host here")
    payload = request.get("MaxPayloadInMB")
    if payload == 0:
        raise AwsError("ValidationException", "MaxPayloadInMB 0 asks for chunked requests, which are not supported")
    if payload and payload * (request.get("MaxConcurrentTransforms") or 1) > _MAX_TOGETHER_MB:
        raise AwsError(
            "ValidationException", f"MaxConcurrentTransforms * MaxPayloadInMB must not exceed {_MAX_TOGETHER_MB} MB"
        )
    if request.get("BatchStrategy") == "SingleRecord" and source.get("SplitType", "None") == "None":
        raise AwsError("ValidationException", "BatchStrategy SingleRecord needs SplitType Line")
    _check_data_processing(request)


def _check_data_processing(request: Request) -> None:
    processing = request.get("DataProcessing", {})
    compile_filter(processing.get("InputFilter", "$"))
    compile_filter(processing.get("OutputFilter", "$"))
    joins = processing.get("JoinSource", "None") == "Input"
    if not joins and not any(processing.get(member, "$") != "$" for member in ("InputFilter", "OutputFilter")):
        return
    wanted = {
        "TransformInput.ContentType": (request["TransformInput"].get("ContentType"), "text/csv"),
        "TransformInput.SplitType": (request["TransformInput"].get("SplitType"), "Line"),
    }
    if joins or processing.get("OutputFilter", "$") != "$":
        wanted["TransformOutput.Accept"] = (request["TransformOutput"].get("Accept"), "text/csv")
        wanted["TransformOutput.AssembleWith"] = (request["TransformOutput"].get("AssembleWith"), "Line")
    for member, (value, needed) in wanted.items():
        if value != needed:
            raise AwsError(
                "ValidationException", f"DataProcessing is supported for CSV: {member} must be {needed}, not {value}"
            )
