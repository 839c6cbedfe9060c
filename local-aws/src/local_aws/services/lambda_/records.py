"""The records of functions, and the names by which requests refer to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import Record
from local_aws.services.lambda_.errors import conflict, not_found, user_error

LATEST = "$LATEST"
"""The only version that a function has here."""
RESERVED = "_reserved_concurrency"
STATEMENTS = "_policy_statements"


class Functions(Collection):
    """The functions, by name."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            context.records,
            "lambda-function",
            missing=lambda name: not_found(f"Function not found: {self.arn(name)}"),
            taken=lambda name: conflict(f"Function already exist: {name}"),
        )
        self._settings = context.settings

    def arn(self, name: str) -> str:
        """Return the unqualified ARN of a function."""
        return self._settings.arn("lambda", f"function:{name}")

    def name(self, text: str, qualifier: str | None = None) -> str:
        """Return the name of a function from a name, a partial ARN (``account:function:name``) or an ARN.

        Each may have a qualifier. Other accounts, regions, versions and aliases are not found: none of them is here.
        """
        head, marker, tail = text.rpartition("function:")
        name, _, suffix = (tail if marker else text).partition(":")
        scope = self._settings.arn("lambda", "")
        is_here = not head or scope == head or scope.endswith(f":{head}")
        version = qualifier or suffix or LATEST
        if not is_here or version != LATEST:
            arn = f"{head}{marker}{name}" if head.startswith("arn:") else self.arn(name)
            raise not_found(f"Function not found: {arn if version == LATEST else f'{arn}:{version}'}")
        return name

    def requested(self, request: Request) -> Record:
        """Return the record of the function that a request names by ``FunctionName`` and ``Qualifier``."""
        return self.get(self.name(request["FunctionName"], request.get("Qualifier")))

    def revise(self, request: Request, change: Callable[[Record], None]) -> Record:
        """Change the function that a request names, and its revision; a request may require the current revision."""

        def apply(record: Record) -> None:
            if request.get("RevisionId", record["RevisionId"]) != record["RevisionId"]:
                raise user_error(
                    "PreconditionFailedException",
                    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
                    "API to retrieve the latest Revision Id",
                    412,
                )
            change(record)
            record["RevisionId"] = str(uuid.uuid4())

        return self.change(self.requested(request)["FunctionName"], apply)
