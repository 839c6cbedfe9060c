"""Tags of functions: TagResource, UntagResource, ListTags. They are kept in the function's own record."""

from __future__ import annotations

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.lambda_.functions import TAGS, Functions

_MOST_TAGS = 50


class Tags:
    """Reads and writes tags by ARN."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""

        def change(record: Record) -> None:
            record[TAGS].update(request["Tags"])
            if len(record[TAGS]) > _MOST_TAGS:
                raise AwsError("InvalidParameterValueException", f"a function has at most {_MOST_TAGS} tags")

        self._functions.change({"FunctionName": request["Resource"]}, change)
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource; keys that are not there are no error."""

        def change(record: Record) -> None:
            record[TAGS] = {key: value for key, value in record[TAGS].items() if key not in request["TagKeys"]}

        self._functions.change({"FunctionName": request["Resource"]}, change)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListTags."""
        return {"Tags": self._functions.find({"FunctionName": request["Resource"]})[TAGS]}
