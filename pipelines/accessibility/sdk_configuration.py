"""The configuration of the SageMaker SDK, and a way to have it read quickly.

The SDK looks into its configuration at each call, and before that has jsonschema validate it: not the configuration
alone, which takes a millisecond, but the SDK's own schema against the schema of schemas, which takes 0.12 s. Here
jsonschema gets a validator that checks a schema once; every configuration is still validated.
"""

from __future__ import annotations

from typing import Any, Final

from jsonschema.validators import Draft202012Validator, extend, validates

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
