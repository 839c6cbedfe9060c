"""What CloudWatch Logs refuses and moto lets through, or refuses in other words."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIEnvironment

from moto.backends import get_backend

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.errors import AwsError

_NO_TOKEN = "The specified nextToken is invalid."  # noqa: S105 (a message)


def apply_rules(operation: str, request: dict[str, Any], region: str) -> None:
    """Refuse what CloudWatch Logs refuses."""
    rule = _RULES.get(operation)
    if rule is not None:
        rule(request, get_backend("logs")[ACCOUNT_ID][region].groups)


def with_stream_names(environ: WSGIEnvironment, request: dict[str, Any], region: str) -> WSGIEnvironment:
    """Return a FilterLogEvents request that names the streams of its ``logStreamNamePrefix``, which moto overlooks."""
    prefix = request.get("logStreamNamePrefix")
    if prefix is None:
        return environ
    if "logStreamNames" in request:
        raise AwsError("InvalidParameterException", "logStreamNamePrefix and logStreamNames are mutually exclusive.")
    group = get_backend("logs")[ACCOUNT_ID][region].groups.get(request.get("logGroupName", ""))
    names = [name for name in (group.streams if group else ()) if name.startswith(prefix)]
    # An empty list would mean every stream.
    body = json.dumps({**request, "logStreamNames": names or [prefix]}).encode()
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _check_new_stream(request: dict[str, Any], groups: dict[str, Any]) -> None:
    group = groups.get(request["logGroupName"])
    if group is not None and request["logStreamName"] in group.streams:
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")


def _check_stream(request: dict[str, Any], groups: dict[str, Any]) -> None:
    group = groups.get(request.get("logGroupName", ""))
    if group is not None and request["logStreamName"] not in group.streams:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


def _check_group_filter(request: dict[str, Any], _groups: dict[str, Any]) -> None:
    if "logGroupNamePrefix" in request and "logGroupNamePattern" in request:
        raise AwsError(
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        )


def _check_group_name(request: dict[str, Any], _groups: dict[str, Any]) -> None:
    if "logGroupName" in request and "logGroupIdentifier" in request:
        raise AwsError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")


def _check_token(request: dict[str, Any], _groups: dict[str, Any]) -> None:
    token = request.get("nextToken")
    # moto's tokens are of group, stream and event.
    if token is not None and token.count("@") < 2:
        raise AwsError("InvalidParameterException", _NO_TOKEN)


_RULES: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "CreateLogStream": _check_new_stream,
    "DescribeLogGroups": _check_group_filter,
    "DescribeLogStreams": _check_group_name,
    "FilterLogEvents": _check_token,
    "GetLogEvents": _check_stream,
}
