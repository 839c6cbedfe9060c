"""The SageMaker SDK's session, made once for the definitions of a region and a bucket.

It reads seven service models and makes a client of each, half a second, although definitions send nothing.

The SDK looks into its configuration at each call, and before that has jsonschema validate it: not the configuration
alone, which takes a millisecond, but the SDK's own schema against the schema of schemas, which takes 0.12 s. Here
jsonschema gets a validator that checks a schema once; every configuration is still validated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import boto3
from jsonschema.validators import Draft202012Validator, extend, validates
from sagemaker.core.workflow.pipeline_context import PipelineSession

_NO_KEY: Final = "definitions-send-nothing"
"""Stands for credentials: without any, each client would ask the instance's metadata address, and wait for it."""

NO_TELEMETRY: Final = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
"""A session with this configuration tells AWS nothing about the SDK's use, whatever the user's own files say."""
_checked: dict[int, Any] = {}
"""The schemas that are in order, by identity; they are kept, so that no other takes a number."""


def check_schemas_once() -> None:
    """Make jsonschema check each schema of the draft that the SDK uses once per process."""

    def check_schema(schema: Any, *args: Any, **kwargs: Any) -> None:
        if id(schema) not in _checked:
            Draft202012Validator.check_schema(schema, *args, **kwargs)
            _checked[id(schema)] = schema

    validator = extend(Draft202012Validator)
    validator.check_schema = staticmethod(check_schema)
    validates("draft2020-12")(validator)


@lru_cache(maxsize=8)
def definition_session(region: str, bucket: str) -> PipelineSession:
    """Return the session that definitions are built with; AWS would refuse whatever it sent."""
    check_schemas_once()
    return PipelineSession(
        boto_session=boto3.Session(
            region_name=region, aws_access_key_id=_NO_KEY, aws_secret_access_key=_NO_KEY, aws_session_token=_NO_KEY
        ),
        default_bucket=bucket,
        sagemaker_config=NO_TELEMETRY,
    )
