"""Predictions of a model that an endpoint of its own serves for the time of the analysis."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

_READ = frozenset(
    {
        *("model_name", "endpoint_name", "instance_type", "initial_instance_count", "content_type", "accept_type"),
        *("label", "probability", "endpoint_name_prefix"),
    }
)
_CSV = "text/csv"
_ROWS_PER_REQUEST = 500
_POLL = {"Delay": 1, "MaxAttempts": 600}


def predict(
    features: Mapping[str, Sequence[str | None]], predictor: Mapping[str, Any], threshold: float | None
) -> list[str]:
    """Return the predicted label of each row.

    Parameters
    ----------
    features
        The columns that the model gets, as CSV without header.
    threshold
        The probability above which a prediction is 1, and 0 else; None where the model answers with labels.
    """
    if refused := sorted(predictor.keys() - _READ):
        raise AnalysisError(f"local_aws does not support {', '.join(refused)} of the predictor")
    for name in ("content_type", "accept_type"):
        if predictor.get(name, _CSV) != _CSV:
            raise AnalysisError(f"local_aws does not support {name} {predictor[name]} of the predictor; use {_CSV}")
    rows = list(zip(*features.values(), strict=True))
    with _endpoint(predictor) as invoke:
        answers = [
            line
            for start in range(0, len(rows), _ROWS_PER_REQUEST)
            for line in csv.reader(io.StringIO(invoke(_written(rows[start : start + _ROWS_PER_REQUEST]))))
            if line
        ]
    if len(answers) == 1 and len(rows) > 1:
        answers = [[value] for value in answers[0]]
    if len(answers) != len(rows):
        raise AnalysisError(f"the model answered {len(rows)} rows with {len(answers)}")
    place = _place(predictor)
    try:
        values = [answer[place] for answer in answers]
        return values if threshold is None else [str(int(float(value) > threshold)) for value in values]
    except (IndexError, ValueError) as error:
        raise AnalysisError(f"the model's answer {answers[0]!r} does not have what is looked for: {error}") from None


def _place(predictor: Mapping[str, Any]) -> int:
    """Return the column of the model's answer that counts."""
    place = predictor.get("probability", predictor.get("label", 0))
    if not isinstance(place, int):
        raise AnalysisError(f"local_aws does not support {place!r} as label or probability; use a column's position")
    return place


def _written(rows: Sequence[Sequence[str | None]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


@contextmanager
def _endpoint(predictor: Mapping[str, Any]) -> Iterator[Any]:
    """Serve the model for the time of the block; yield what posts a CSV and returns the answer."""
    import boto3

    runtime = boto3.client("sagemaker-runtime")

    def invoke(body: str, name: str) -> str:
        answer = runtime.invoke_endpoint(EndpointName=name, ContentType=_CSV, Accept=_CSV, Body=body)
        return str(answer["Body"].read().decode())

    if "endpoint_name" in predictor:
        yield lambda body: invoke(body, predictor["endpoint_name"])
        return
    if "model_name" not in predictor:
        raise AnalysisError("the predictor needs model_name or endpoint_name")
    sagemaker = boto3.client("sagemaker")
    name = f"{predictor.get('endpoint_name_prefix', 'sagemaker-clarify-endpoint')}-{uuid.uuid4().hex[:8]}"
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": predictor["model_name"],
        "InstanceType": predictor.get("instance_type", "ml.m5.large"),
        "InitialInstanceCount": predictor.get("initial_instance_count", 1),
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    try:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        try:
            sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=_POLL)
            yield lambda body: invoke(body, name)
        finally:
            sagemaker.delete_endpoint(EndpointName=name)
    finally:
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
