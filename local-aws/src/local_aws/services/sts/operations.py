"""The operations of STS: assuming a role, and who the caller is."""

from __future__ import annotations

import hashlib
import re

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, USER_ARN, USER_ID, acting_as, principal, session_name

_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
_DEFAULT_SECONDS = 3600
_MIN_SECONDS = 900


def build(context: Context) -> Service:
    """Build the service."""
    sessions = Sessions(context)
    assume_role = Operation(sessions.assume_role, Members(("RoleArn", "RoleSessionName", "DurationSeconds")))
    return Service(
        operations(
            "sts",
            {"AssumeRole": assume_role, "GetCallerIdentity": sessions.get_caller_identity},
            error="ValidationError",
        )
    )


class Sessions:
    """Sessions of roles, and identities of callers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def assume_role(self, request: Request) -> Answer:
        """Serve AssumeRole: any caller may assume any role that exists."""
        arn, name = request["RoleArn"], request["RoleSessionName"]
        if not _ARN.fullmatch(arn):
            raise AwsError("ValidationError", f"{arn} is invalid")
        role = self._role(arn)
        if role is None or role["Arn"] != arn:
            raise AwsError(
                "AccessDenied",
                f"User: {principal()} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                403,
            )
        seconds = request.get("DurationSeconds", _DEFAULT_SECONDS)
        if seconds < _MIN_SECONDS:
            raise AwsError("ValidationError", f"DurationSeconds is {seconds}; it must be at least {_MIN_SECONDS}")
        if seconds > int(role.get("MaxSessionDuration", _DEFAULT_SECONDS)):
            raise AwsError(
                "ValidationError",
                f"The requested DurationSeconds exceeds the MaxSessionDuration set for this role: {seconds}",
            )
        return {
            "Credentials": self._context.credentials.assume(arn, name, seconds),
            "AssumedRoleUser": {"AssumedRoleId": f"{role['RoleId']}:{name}", "Arn": assumed_role_arn(arn, name)},
        }

    def get_caller_identity(self, request: Request) -> Answer:
        """Serve GetCallerIdentity."""
        del request
        arn = principal()
        if ":role/" not in arn:
            return {"UserId": USER_ID, "Account": ACCOUNT_ID, "Arn": USER_ARN}
        role = self._role(arn)
        # A job may run with a role that has no record here; its id is then made of its name.
        role_id = role["RoleId"] if role else f"AROA{hashlib.sha256(arn.encode()).hexdigest()[:17].upper()}"
        return {
            "UserId": f"{role_id}:{session_name()}",
            "Account": ACCOUNT_ID,
            "Arn": assumed_role_arn(arn, session_name()),
        }

    def _role(self, arn: str) -> Answer | None:
        try:
            # STS looks for itself: the caller need not be allowed to.
            with acting_as(SERVICE):
                return self._context.call("iam", "GetRole", {"RoleName": arn.rpartition("/")[2]})["Role"]
        except AwsError as error:
            if error.code != "NoSuchEntity":
                raise
            return None


def assumed_role_arn(arn: str, session: str) -> str:
    """Return the ARN of a session of a role, without the role's path."""
    return f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{arn.rpartition('/')[2]}/{session}"
