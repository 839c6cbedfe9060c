"""Both definitions share a session, which calls nobody; a schema is checked once, and what is refused stays refused."""

from __future__ import annotations

import subprocess
import sys

import jsonschema
import pytest
from jsonschema.validators import Draft202012Validator
from sagemaker.core.config.config_manager import SageMakerConfig

from pipelines._utils import get_pipeline_driver
from pipelines.accessibility.sdk_session import NO_TELEMETRY, check_schemas_once

ARGUMENTS = {"region": "us-east-1", "role": "arn:aws:iam::123456789012:role/playgrounds-sagemaker"}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(autouse=True)
def once() -> None:
    check_schemas_once()


def test_every_configuration_is_still_validated():
    SageMakerConfig.validate_sagemaker_config(NO_TELEMETRY)
    for _ in range(2):
        with pytest.raises(jsonschema.ValidationError):
            SageMakerConfig.validate_sagemaker_config({"SchemaVersion": "1.0", "SageMaker": {"Nonsense": 1}})


def test_a_schema_that_is_wrong_is_still_refused():
    # In a process of its own: pytest's plugins bring libraries that loosen jsonschema's own schema of schemas.
    code = (
        "import jsonschema\nfrom pipelines.accessibility.sdk_session import check_schemas_once\n"
        f"check_schemas_once()\njsonschema.validate({{}}, {{'$schema': {DRAFT!r}, 'type': 'nonsense'}})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "jsonschema.exceptions.SchemaError: 'nonsense' is not valid" in done.stderr


def test_a_schema_is_checked_once(monkeypatch):
    schema = {"$schema": DRAFT, "type": "object"}
    checked = []
    monkeypatch.setattr(Draft202012Validator, "check_schema", lambda given, *_, **__: checked.append(given))
    for _ in range(3):
        jsonschema.validate({}, schema)
    assert checked == [schema]


def test_both_definitions_are_built_with_one_session_that_never_looks_for_credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    training, deployment = (
        get_pipeline_driver(f"pipelines.accessibility.{module}", ARGUMENTS).sagemaker_session
        for module in ("pipeline", "deploy_pipeline")
    )
    assert training is deployment
    credentials = training.boto_session.get_credentials()
    assert (credentials.method, credentials.access_key != "AKIAUSER") == ("explicit", True)
