"""The resource policy of a function: who may invoke it beside the account's own roles and users."""

from __future__ import annotations

import json
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.lambda_.functions import STATEMENTS, Functions

_HONOURED = (
    *("FunctionName", "Qualifier", "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "RevisionId"),
)


class Permissions:
    """Serves AddPermission, RemovePermission and GetPolicy."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def add(self, request: Request) -> Answer:
        """Serve AddPermission."""
        only(request, _HONOURED, "AddPermission", "InvalidParameterValueException")
        statement: dict[str, Any] = {}

        def change(record: Record) -> None:
            if any(kept["Sid"] == request["StatementId"] for kept in record[STATEMENTS]):
                raise AwsError(
                    "ResourceConflictException",
                    f"The statement id ({request['StatementId']}) provided already exists. Please provide a new "
                    "statement id, or remove the existing statement.",
                    409,
                    {"Type": "User"},
                )
            statement.update(_statement(request, record["FunctionArn"]))
            record[STATEMENTS].append(statement)

        self._functions.change(request, change)
        return {"Statement": json.dumps(statement)}

    def remove(self, request: Request) -> Answer:
        """Serve RemovePermission."""

        def change(record: Record) -> None:
            left = [kept for kept in record[STATEMENTS] if kept["Sid"] != request["StatementId"]]
            if len(left) == len(record[STATEMENTS]):
                raise _missing(f"Statement {request['StatementId']} is not found in resource policy.")
            record[STATEMENTS] = left

        self._functions.change(request, change)
        return {}

    def get_policy(self, request: Request) -> Answer:
        """Serve GetPolicy."""
        record = self._functions.find(request)
        if not record[STATEMENTS]:
            raise _missing("The resource you requested does not exist.")
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": record[STATEMENTS]}
        return {"Policy": json.dumps(policy), "RevisionId": record["RevisionId"]}


def _statement(request: Request, function_arn: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(request["Principal"]),
        "Action": request["Action"],
        "Resource": function_arn,
    }
    conditions: dict[str, Any] = {}
    if "SourceAccount" in request:
        conditions["StringEquals"] = {"AWS:SourceAccount": request["SourceAccount"]}
    if "SourceArn" in request:
        conditions["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    return {**statement, **({"Condition": conditions} if conditions else {})}


def _principal(text: str) -> str | dict[str, str]:
    if text == "*":
        return text
    if text.isdigit():
        return {"AWS": f"arn:aws:iam::{text}:root"}
    return {"AWS": text} if text.startswith("arn:") else {"Service": text}


def _missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404, {"Type": "User"})
