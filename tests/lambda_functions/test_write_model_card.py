"""A card gets into its package, and nothing else changes."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambda_functions import write_model_card
from lambda_functions.write_model_card import MOST_CHARACTERS, ModelCardError
from tests.lambda_functions.registry import package_arn

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}


@pytest.fixture
def stubs(monkeypatch) -> Any:
    """The services, by name, whose answers the test says."""
    clients = {service: boto3.client(service, **KEYS) for service in ("s3", "sagemaker")}
    monkeypatch.setattr(write_model_card.boto3, "client", clients.__getitem__)
    stubbers = {service: Stubber(client) for service, client in clients.items()}
    for stubber in stubbers.values():
        stubber.activate()
    yield stubbers
    for stubber in stubbers.values():
        stubber.assert_no_pending_responses()


def write(stubs: dict[str, Stubber], text: str) -> dict[str, str]:
    body = {"Body": StreamingBody(io.BytesIO(text.encode()), len(text.encode()))}
    stubs["s3"].add_response("get_object", body, {"Bucket": "models", "Key": "run/model_card_xgboost.json"})
    event = {"ModelPackageArn": package_arn(3), "ModelCardUrl": "s3://models/run/model_card_xgboost.json"}
    return write_model_card.handler(event, None)


def test_card_is_the_only_thing_that_changes(stubs):
    card = {"intended_uses": {"risk_rating": "Low"}}
    content = {"ModelCardContent": '{"intended_uses":{"risk_rating":"Low"}}', "ModelCardStatus": "PendingReview"}
    expected = {"ModelPackageArn": package_arn(3), "ModelCard": content}
    stubs["sagemaker"].add_response("update_model_package", {"ModelPackageArn": package_arn(3)}, expected)

    assert write(stubs, json.dumps(card, indent=1)) == {"ModelPackageArn": package_arn(3)}


def test_card_that_does_not_fit_is_refused_by_its_length(stubs):
    with pytest.raises(ModelCardError, match=rf"100\d+ characters.*{MOST_CHARACTERS}"):
        write(stubs, json.dumps({"evaluation_details": "x" * MOST_CHARACTERS}))
