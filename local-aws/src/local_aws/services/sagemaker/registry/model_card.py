"""The card of a model package: JSON text that follows a schema, and a status of its own.

Source: the developer guide's "Model package model card schema", whose keywords are kept where they have an effect:
``maxContains`` without ``contains``, and what stands beside ``properties`` instead of in it, have none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from local_aws.services.sagemaker.errors import invalid

Schema = Mapping[str, Any]
Card = dict[str, Any]

_REASON_CHARACTERS = 300


def _text(longest: int) -> Schema:
    return {"type": "string", "maxLength": longest}


def _name(longest: int) -> Schema:
    return {"type": "string", "pattern": f".{{1,{longest}}}"}


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


def _object(properties: Mapping[str, Schema], *required: str) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _texts(*names: str) -> dict[str, Schema]:
    return dict.fromkeys(names, _text(2048))


_NUMBER: Schema = {"type": "number"}
_NUMBERS = _list(_NUMBER, minItems=1)
_AXIS = _text(63)
_AXES = _list(_AXIS)
_FREE: Schema = {"type": "object", "additionalProperties": _text(1024)}


def _metric(types: tuple[str, ...], value: Schema, x_axis: Schema = _AXIS, y_axis: Schema = _AXIS) -> Schema:
    properties: dict[str, Schema] = {
        "name": _name(255),
        "notes": _text(1024),
        "type": {"type": "string", "enum": list(types)},
        "value": value,
        "x_axis_name": x_axis,
        "y_axis_name": y_axis,
    }
    return _object(properties, "name", "type", "value")


_METRICS = [
    _metric(("number", "string", "boolean"), {"anyOf": [_NUMBER, _text(63), {"type": "boolean"}]}),
    _metric(("linear_graph",), _list(_list(_NUMBER, minItems=2, maxItems=2), minItems=1)),
    _metric(("bar_chart",), _NUMBERS, x_axis=_AXES),
    _metric(("matrix",), _list({**_NUMBERS, "maxItems": 20}, minItems=1, maxItems=20), x_axis=_AXES, y_axis=_AXES),
]
_METRIC_GROUP: Schema = {
    "type": "object",
    "required": ["name", "metric_data"],
    "properties": {"name": _name(63), "metric_data": _list({"anyOf": _METRICS})},
}
_TRAINING_METRICS = _list(_object({"name": _name(255), "notes": _text(1024), "value": _NUMBER}, "name", "value"))
_HYPERPARAMETERS = _list(_object({"name": _name(255), "value": _name(255)}, "name", "value"))
_TRAINING_JOB = _object(
    {
        "training_arn": _text(1024),
        "training_datasets": _list(_text(1024)),
        "training_environment": _object({"container_image": _list(_text(1024))}),
        "training_metrics": _TRAINING_METRICS,
        "user_provided_training_metrics": _TRAINING_METRICS,
        "hyper_parameters": _HYPERPARAMETERS,
        "user_provided_hyper_parameters": _HYPERPARAMETERS,
    }
)
_EVALUATION = _object(
    {
        "name": _name(63),
        "evaluation_observation": _text(2096),
        "evaluation_job_arn": _text(256),
        "datasets": _list(_text(1024), maxItems=10),
        "metadata": _FREE,
        "metric_groups": _list(_METRIC_GROUP),
    },
    "name",
)
_SCHEMA = _object(
    {
        "model_overview": _object({"model_creator": _text(1024), "model_artifact": _list(_text(1024))}),
        "intended_uses": _object(
            {
                **_texts("purpose_of_model", "intended_uses"),
                **_texts("factors_affecting_model_efficiency", "explanations_for_risk_rating"),
                "risk_rating": {"type": "string", "enum": ["High", "Medium", "Low", "Unknown"]},
            }
        ),
        "business_details": _object(_texts("business_problem", "business_stakeholders", "line_of_business")),
        "training_details": _object(
            {"objective_function": {}, "training_observations": _text(1024), "training_job_details": _TRAINING_JOB}
        ),
        "evaluation_details": _list(_EVALUATION),
        "additional_information": _object(
            {**_texts("ethical_considerations", "caveats_and_recommendations"), "custom_details": _FREE}
        ),
    }
)


def changed_card(earlier: Card, card: Card) -> Card:
    """Return a card with the members of a request; raise `AwsError` where AWS refuses them.

    Parameters
    ----------
    earlier
        The package's own; empty if it has none.
    """
    if "ModelCardContent" in card:
        if earlier.get("ModelCardStatus") == "Archived":
            raise invalid("Model Card is in Archived state.")
        _check(card["ModelCardContent"])
    return {**earlier, **card}


def _check(text: str) -> None:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise invalid(f"ModelCardContent is not JSON: {error}") from None
    for problem in _validator().iter_errors(content):
        # A message begins with the value, which may be long.
        reason = problem.message[-_REASON_CHARACTERS:]
        raise invalid(f"ModelCardContent does not follow the model card schema at {problem.json_path}: {reason}")


@cache
def _validator() -> Any:
    """Return the validator, whose library comes with the first card and not with the server."""
    from jsonschema import Draft7Validator

    return Draft7Validator(_SCHEMA)
