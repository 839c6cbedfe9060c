"""The resource policy of a function: who may invoke it besides the account's own roles and users."""

from __future__ import annotations

import json
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record
from local_aws.services.lambda_.errors import conflict, invalid, not_found
from local_aws.services.lambda_.records import LATEST, STATEMENTS, Functions, is_qualified

_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")


class Permissions:
    """Serves AddPermission, RemovePermission and GetPolicy."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def add(self, request: Request) -> Answer:
        """Serve AddPermission."""
        statement: dict[str, Any] = {}
        self._functions.requested(request)
        if is_qualified(request):
            raise invalid(f"We currently do not support adding policies for {LATEST}.")

        def change(record: Record) -> None:
            if any(existing["Sid"] == request["StatementId"] for existing in record[STATEMENTS]):
                raise conflict(
                    f"The statement id ({request['StatementId']}) provided already exists. Please provide a new "
                    "statement id, or remove the existing statement."
                )
            statement.update(_statement(request, record["FunctionArn"]))
            record[STATEMENTS].append(statement)

        self._functions.revise(request, change, "GetPolicy")
        return {"Statement": json.dumps(statement)}

    def remove(self, request: Request) -> Answer:
        """Serve RemovePermission."""
        name = self._functions.name(request["FunctionName"], request.get("Qualifier"))
        if self._functions.find(name) is None:
            raise not_found(f"No policy found for: {self._functions.arn(name)}")

        def change(record: Record) -> None:
            if not record[STATEMENTS]:
                raise not_found("No policy is associated with the given resource.")
            remaining = [statement for statement in record[STATEMENTS] if statement["Sid"] != request["StatementId"]]
            if len(remaining) == len(record[STATEMENTS]):
                raise not_found(f"Statement {request['StatementId']} is not found in resource policy.")
            record[STATEMENTS] = remaining

        self._functions.revise(request, change, "GetPolicy")
        return {}

    def get_policy(self, request: Request) -> Answer:
        """Serve GetPolicy."""
        name = self._functions.name(request["FunctionName"], request.get("Qualifier"))
        record = self._functions.find(name)
        if record is None or not record[STATEMENTS]:
            raise not_found("The resource you requested does not exist.")
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
    if text.startswith("arn:"):
        return {"AWS": text}
    if not text.endswith(_SERVICES):
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    return {"Service": text}
