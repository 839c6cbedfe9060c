"""Both definitions share a session, which calls nobody."""

from __future__ import annotations

from pipelines._utils import get_pipeline_driver

ARGUMENTS = {"region": "us-east-1", "role": "arn:aws:iam::123456789012:role/playgrounds-sagemaker"}


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
