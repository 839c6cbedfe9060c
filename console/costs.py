"""What a command will cost in an AWS account, said and asked before anything is made; docs/costs.md has the table."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import boto3
import click

from console.errors import CommandError
from console.executions import running_execution
from console.pipeline_upsert import AUTOML, pipeline_kwargs
from console.session import place_of
from console.terminal import say
from infrastructure.names import Names
from pipelines.endpoint_settings import INSTANCE, EndpointSettings

STANDING: Final = "below 1 USD per month"
RUN: Final = "about 0.40 USD"
AUTOML_RUN: Final = "1 to 5 USD"
ENDPOINT: Final = "2.76 USD per day, 84 USD per month"
"""Of an endpoint on one ml.m5.large, used or not."""


def confirm_deployment(session: boto3.session.Session, names: Names, chosen: Mapping[str, Any], *, yes: bool) -> None:
    """In an account, say what a deployment will cost, and ask; nothing on this machine.

    Raises
    ------
    CommandError
        It is not confirmed: nothing has been made then.
    """
    if place_of(session, names.account).is_this_machine:
        return
    kwargs = pipeline_kwargs(session.client("sagemaker"), names, chosen)
    say(f"{names.stack} in account {names.account}, {names.region}, will cost:", stream=sys.stderr)
    for line in (f"the deployment alone    {STANDING}", _run_line(kwargs), _endpoint_line(kwargs)):
        say(f"  {line}", stream=sys.stderr)
    _confirm("deploy", yes)


def confirm_run(session: boto3.session.Session, names: Names, *, yes: bool) -> None:
    """In an account, say what a run will cost, and ask, unless one is only followed; nothing on this machine.

    Raises
    ------
    CommandError
        It is not confirmed: nothing has been started then.
    """
    if place_of(session, names.account).is_this_machine:
        return
    client = session.client("sagemaker")
    if running_execution(client, names.pipeline):
        return
    say(
        f"In account {names.account}, {names.region}: {_run_line(pipeline_kwargs(client, names, {}))}",
        stream=sys.stderr,
    )
    _confirm("run", yes)


def _run_line(kwargs: Mapping[str, Any]) -> str:
    automl = f", and AutoML {AUTOML_RUN}" if kwargs.get(AUTOML, True) else ""
    return f"each run                {RUN}{automl}"


def _endpoint_line(kwargs: Mapping[str, Any]) -> str:
    defaults = EndpointSettings()
    if kwargs.get("endpoint_type", defaults.endpoint_type) != INSTANCE:
        return "an approved model       next to nothing: the endpoint is serverless"
    kind = kwargs.get("endpoint_instance_type", defaults.endpoint_instance_type)
    count = kwargs.get("endpoint_instance_count", defaults.endpoint_instance_count)
    price = ENDPOINT if (kind, count) == (defaults.endpoint_instance_type, 1) else f"{count} of {kind}, used or not"
    return f"an approved model       {price}, until 'playgrounds destroy'"


def _confirm(command: str, yes: bool) -> None:
    say("  (list prices of us-east-1; docs/costs.md has each)", stream=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(command, "it costs money, and confirmation needs a terminal; pass --yes to go on")
    if not click.confirm("Go on?", err=True):
        raise CommandError(command, "not confirmed: nothing was started")
