"""What the checks of an account say of a feed that cannot be had."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request

import boto3
import pytest

from infrastructure.deployment_checks import _feed
from infrastructure.findings import FAIL


@pytest.mark.parametrize(
    "error",
    [urllib.error.URLError("no such host"), http.client.RemoteDisconnected("closed"), ConnectionResetError("reset")],
    ids=lambda error: type(error).__name__,
)
def test_a_source_that_does_not_answer_is_a_finding(error, monkeypatch):
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    finding = _feed(boto3.session.Session(), "https://feeds.invalid/parks.json")
    assert finding.level == FAIL
    assert "cannot be reached from here" in finding.detail
