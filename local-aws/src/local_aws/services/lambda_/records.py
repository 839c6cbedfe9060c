"""The records of functions, and the names by which requests refer to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import Record
from local_aws.services.lambda_.errors import conflict, invalid, not_found, user_error

LATEST = "$LATEST"
"""The only version that a function has here."""
RESERVED = "_reserved_concurrency"
STATEMENTS = "_policy_statements"


def is_qualified(request: Request) -> bool:
    """Return whether a request names a version or alias of its function."""
    name = request["FunctionName"].rpartition("function:")[2]
    return bool(request.get("Qualifier")) or ":" in name


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
        self._check_region(head)
        if qualifier and suffix and qualifier != suffix:
            raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
        scope = self._settings.arn("lambda", "")
        is_here = not head or scope == head or scope.endswith(f":{head}")
        version = qualifier or suffix or LATEST
        if not is_here or version != LATEST:
            arn = f"{head}{marker}{name}" if head.startswith("arn:") else self.arn(name)
            raise not_found(f"Function not found: {arn if version == LATEST else f'{arn}:{version}'}")
        return name

    def requested(self, request: Request, default_version: str = "") -> Record:
        """Return the record of the function that a request names by ``FunctionName`` and ``Qualifier``.

        Parameters
        ----------
        default_version
            The version in the message for a function that does not exist, where the request names none.
        """
        name = self.name(request["FunctionName"], request.get("Qualifier"))
        record = self.find(name)
        if record is None:
            version = LATEST if is_qualified(request) else default_version
            raise not_found(f"Function not found: {self.arn(name)}{version and f':{version}'}")
        return record

    def _check_region(self, head: str) -> None:
        region = "".join(head.split(":")[3:4])
        if head.startswith("arn:") and region != self._settings.region:
            raise not_found(f"Functions from '{region}' are not reachable in this region ('{self._settings.region}')")

    def revise(
        self, request: Request, change: Callable[[Record], None], source: str = "GetFunction/GetAlias"
    ) -> Record:
        """Change the function that a request names, and its revision; a request may require the current revision.

        Parameters
        ----------
        source
            The operation that tells the current revision, for the message.
        """

        def apply(record: Record) -> None:
            if request.get("RevisionId", record["RevisionId"]) != record["RevisionId"]:
                raise user_error(
                    "PreconditionFailedException",
                    f"The Revision Id provided does not match the latest Revision Id. Call the {source} API to "
                    "retrieve the latest Revision Id",
                    412,
                )
            change(record)
            record["RevisionId"] = str(uuid.uuid4())

        return self.change(self.requested(request)["FunctionName"], apply)
