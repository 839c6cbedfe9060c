"""The account's one user."""

from __future__ import annotations

from datetime import UTC, datetime

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import USER_ARN, USER_ID, principal

_NAME = USER_ARN.rpartition("/")[2]
_SINCE = datetime(2024, 1, 1, tzinfo=UTC)


def get_user(request: Request) -> Answer:
    """Serve GetUser; without a name, for the caller."""
    name = request.get("UserName")
    if name is None and ":role/" in principal():
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    if name not in (None, _NAME):
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return {"User": {"Path": "/", "UserName": _NAME, "UserId": USER_ID, "Arn": USER_ARN, "CreateDate": _SINCE}}
