"""Predictions of a model that an endpoint of its own serves for the time of the analysis."""

from __future__ import annotations

import csv
import io
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from local_aws.services.sagemaker.clarify.explanation import Rows
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

_READ = frozenset(
    {
        *("model_name", "endpoint_name", "instance_type", "initial_instance_count", "content_type", "accept_type"),
        *("label", "probability", "endpoint_name_prefix", "label_headers"),
    }
)
_CSV = "text/csv"
_ROWS_PER_REQUEST = 500
Ask = Callable[[Rows], list[list[str]]]
"""Sends rows to the model, as CSV without header; returns the columns of its answer to each."""

_POLL = {"Delay": 1, "MaxAttempts": 600}


@contextmanager
def serving(predictor: Mapping[str, Any]) -> Iterator[Ask]:
    """Serve a model for the time of the block; yield what asks it.

    Raises
    ------
    AnalysisError
        For what the predictor asks for that is not done here, and for answers that do not fit the rows.
    """
    if refused := sorted(predictor.keys() - _READ):
        raise AnalysisError(f"local_aws does not support {', '.join(refused)} of the predictor")
    for name in ("content_type", "accept_type"):
        if predictor.get(name, _CSV) != _CSV:
            raise AnalysisError(f"local_aws does not support {name} {predictor[name]} of the predictor; use {_CSV}")
    with _endpoint(predictor) as invoke:

        def ask(rows: Rows) -> list[list[str]]:
            pending, answers = iter(rows), list[list[str]]()
            while batch := list(itertools.islice(pending, _ROWS_PER_REQUEST)):
                answers += _answers(invoke(_written(batch)), len(batch))
            return answers

        yield ask


def labels(answers: Sequence[Sequence[str]], predictor: Mapping[str, Any], threshold: float | None) -> list[str]:
    """Return the predicted label of each row.

    Parameters
    ----------
    threshold
        The probability above which a prediction is 1, otherwise 0; None where the model answers with labels.
    """
    place = _place(predictor) or 0
    try:
        values = [answer[place] for answer in answers]
        return values if threshold is None else [str(int(float(value) > threshold)) for value in values]
    except (IndexError, ValueError) as error:
        raise _unfit(answers, error) from None


def scores(answers: Sequence[Sequence[str]], predictor: Mapping[str, Any]) -> np.ndarray:
    """Return the numbers with which a model answers (rows, outputs): those of the predictor's column, or all."""
    place = _place(predictor)
    try:
        numbers = np.array([[float(value) for value in answer] for answer in answers])
        return numbers if place is None else numbers[:, [place]]
    except (IndexError, ValueError) as error:
        raise _unfit(answers, error) from None


def _answers(text: str, count: int) -> list[list[str]]:
    answers = [line for line in csv.reader(io.StringIO(text)) if line]
    if len(answers) == 1 and count > 1:
        answers = [[value] for value in answers[0]]
    if len(answers) != count:
        raise AnalysisError(f"the model answered {count} rows with {len(answers)}")
    return answers


def _unfit(answers: Sequence[Sequence[str]], error: Exception) -> AnalysisError:
    return AnalysisError(f"the model's answer {list(answers[0])!r} does not have what is looked for: {error}")


def _place(predictor: Mapping[str, Any]) -> int | None:
    """Return the column of the model's answer that counts; None where none is named."""
    place = predictor.get("probability", predictor.get("label"))
    if place is not None and not isinstance(place, int):
        raise AnalysisError(f"local_aws does not support {place!r} as label or probability; use a column's position")
    return place


def _written(rows: Rows) -> str:
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
