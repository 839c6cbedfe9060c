"""What the user sees when a command fails: what failed, why, and what to do."""

from __future__ import annotations

import os
from typing import Final

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from console.errors import CommandError
from console.session import ON_THIS_MACHINE
from infrastructure.errors import DeploymentError
from infrastructure.refusals import is_denied

EXPECTED: Final = (CommandError, DeploymentError, Boto3Error, BotoCoreError, ClientError, OSError, ModuleNotFoundError)
"""What a command may end with: what AWS answers, or does not, and files that cannot be read or written."""

_NOT_REACHED = (ConnectionError, HTTPClientError)
_NOT_SIGNED_IN = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEYS = frozenset(
    {
        *("InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        *("UnrecognizedClientException", "InvalidSignatureException"),
    }
)


def failure_message(error: Exception) -> str:
    """Return the message for one of `EXPECTED`."""
    if isinstance(error, CommandError):
        return _lines(error.step, error.reason, error.log)
    if isinstance(error, DeploymentError):
        return _lines(error.subject, error.reason)
    if isinstance(error, ModuleNotFoundError):
        return _lines(f"module {error.name}", "is not installed; from a checkout 'make setup' installs what is needed")
    if isinstance(error, OSError) and not isinstance(error, BotoCoreError):
        if error.strerror is None:  # not the system's, and says all that there is to say
            return f"\nfailed: {error}"
        return _lines(str(error.filename or "this machine"), error.strerror)
    remedy = _remedy(error)
    return f"\nfailed: {error}" + (f"\nto do:  {remedy}" if remedy else "")


def _lines(subject: str, reason: str, log: str = "") -> str:
    return f"\nfailed: {subject}\nreason: {reason}" + (f"\n{log}" if log else "")


def _remedy(error: Exception) -> str:
    if isinstance(error, _NOT_REACHED):
        if "AWS_ENDPOINT_URL" in os.environ:
            return (
                "is local_aws up? 'playgrounds up' starts it and prints the variables to set; then repeat the command. "
                "Without AWS_ENDPOINT_URL it goes to the account"
            )
        return "check the network and repeat the command; work in progress continues in the account"
    if isinstance(error, ProfileNotFound):
        return f"'aws configure list-profiles' lists them: set AWS_PROFILE to one, or unset it. {ON_THIS_MACHINE}"
    if isinstance(error, _NOT_SIGNED_IN):
        return f"sign in ('aws configure', 'aws sso login'), or set AWS_PROFILE or keys. {ON_THIS_MACHINE}"
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in _EXPIRED:
        return "the credentials have expired: sign in again and repeat the command; work in progress continues"
    if code in _UNKNOWN_KEYS and "set AWS_REGION" in str(error):
        return ""  # it says so itself
    if code in _UNKNOWN_KEYS and "AWS_ENDPOINT_URL" in os.environ:
        return 'the shell has the keys of another data folder: run eval "$(playgrounds up)" again'
    if code in _UNKNOWN_KEYS:
        return "AWS does not know these keys: sign in, or check AWS_PROFILE and AWS_ACCESS_KEY_ID"
    if is_denied(error):
        return "request the permission; 'playgrounds doctor' checks what the commands need"
    return ""
