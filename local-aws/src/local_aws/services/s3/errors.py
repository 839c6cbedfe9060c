"""S3's own errors for what a bucket here does not have, and for whose bucket it is."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError


def _invalid(message: str) -> Callable[[str, object], AwsError]:
    return lambda _name, _value: AwsError("InvalidRequest", message)


def _no_acl(name: str, value: object) -> AwsError:
    return AwsError("AccessControlListNotSupported", f"The bucket does not allow ACLs: remove {name} {value!r}")


def _no_version(name: str, value: object) -> AwsError:
    members = {"ArgumentName": "versionId", "ArgumentValue": str(value)} if name == "VersionId" else {}
    return AwsError("InvalidArgument", "Invalid version id specified", members=members)


_NO_LOCK = _invalid("Bucket is missing Object Lock Configuration")
_NO_CUSTOMER_KEY = _invalid(
    "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection; "
    "local_aws does not support TLS, and does not encrypt"
)
_ACLS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_LOCKS = ("Mode", "RetainUntilDate", "LegalHoldStatus", "EventHold", "EventHoldDurationDays", "EventHoldDurationYears")
_CUSTOMER_KEY = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")

OWN_ERRORS: dict[str, Callable[[str, object], AwsError]] = {
    **dict.fromkeys(("ACL", *_ACLS), _no_acl),
    **dict.fromkeys((f"ObjectLock{name}" for name in _LOCKS), _NO_LOCK),
    **dict.fromkeys(_CUSTOMER_KEY, _NO_CUSTOMER_KEY),
    **dict.fromkeys((f"CopySource{name}" for name in _CUSTOMER_KEY), _NO_CUSTOMER_KEY),
    "VersionId": _no_version,
}
"""By member: the error that S3 itself gives for it."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


def with_own_errors(handler: Handler, harmless: Mapping[str, tuple[object, ...]]) -> Handler:
    """Return a handler that raises S3's own errors first.

    Parameters
    ----------
    harmless
        By member, values that ask for nothing.
    """

    def handle(request: Request) -> Answer:
        for name in request.keys() & OWN_ERRORS.keys():
            if request[name] not in (None, False, *harmless.get(name, ())):
                raise OWN_ERRORS[name](name, request[name])
        for member in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
            if request.get(member, ACCOUNT_ID) != ACCOUNT_ID:
                raise AwsError("AccessDenied", "Access Denied", 403)
        try:
            return handler(request)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # Not a 500 or 503, which clients try again at once.
            raise AwsError("InsufficientStorage", f"the disk of the data folder is full: {error}", 507) from error

    return handle
