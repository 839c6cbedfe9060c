"""Where a command works, and what it says and asks before it costs."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from console import costs
from console.errors import CommandError
from console.session import Place, open_session, place_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "costs.md"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:4600", True),
        ("http://127.8.0.1:4600", True),
        ("http://[::1]:4600", True),
        ("http://localhost:4566", True),
        ("http://sagemaker.localhost:4566", True),
        ("https://api.sagemaker.us-east-1.amazonaws.com", False),
        ("https://vpce-1.api.sagemaker.eu-central-1.vpce.amazonaws.com", False),
        ("http://10.0.0.1:4600", False),
        ("https://localhost.example.org", False),
    ],
)
def test_only_loopback_is_this_machine(url, here):
    place = Place(url, "123456789012", "us-east-1")
    assert place.is_this_machine is here
    assert ("this machine" if here else "an AWS ACCOUNT") in place.banner
    assert "123456789012, us-east-1" in place.banner


def test_the_place_is_where_boto3_goes(monkeypatch):
    session = boto3.session.Session("key", "secret", region_name="eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert not place_of(session, "1").is_this_machine
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4600")
    assert place_of(session, "1").is_this_machine
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "https://api.sagemaker.eu-west-1.amazonaws.com")
    assert not place_of(session, "1").is_this_machine


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, dict) else "",
)
def test_the_region_is_read_as_other_sdks_read_it(variables, region, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert open_session().region_name == region


def test_without_a_terminal_costs_are_confirmed_by_an_option():
    with pytest.raises(CommandError, match="pass --yes to go on"):
        costs._confirm("run", yes=False)
    costs._confirm("run", yes=True)


def test_figures_are_those_of_the_document():
    text = DOCUMENT.read_text(encoding="utf-8").replace("\u2013", " to ")
    for figure in (costs.AUTOML_RUN, costs.ENDPOINT, costs.STANDING):
        assert figure in text
    assert costs.RUN == "about 0.40 USD"  # Glue's 0.25 and the jobs' 0.12
    assert "about 0.25 USD" in text
    assert "about 0.12 USD" in text


def test_what_is_served_decides_what_the_endpoint_costs():
    assert costs.ENDPOINT in costs._endpoint_line({})
    assert "next to nothing" in costs._endpoint_line({"endpoint_type": "Serverless"})
    assert "2 of ml.c5.large" in costs._endpoint_line(
        {"endpoint_instance_type": "ml.c5.large", "endpoint_instance_count": 2}
    )
