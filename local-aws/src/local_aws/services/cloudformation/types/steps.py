"""What resource types of several steps have in common: undoing, missing resources and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.cloudformation.resource_type import Call, Declared, Look, Properties

TagList = Sequence[Mapping[str, str]]


@contextmanager
def undone_by(undo: Callable[[], Any]) -> Iterator[None]:
    """Undo what was made when a later step, in the block, is refused: the stack would not know of it."""
    try:
        yield
    except AwsError:
        undo()
        raise


@contextmanager
def missing_is_fine(*codes: str, saying: str = "") -> Iterator[None]:
    """Let the block end when what it would remove is not there."""
    try:
        yield
    except AwsError as error:
        if error.code not in codes or saying not in error.message:
            raise


def begin(
    call: Call,
    declared: Declared,
    name: str,
    look: Look,
    *missing: str,
    saying: str = "",
) -> None:
    """Begin to make a resource of a name, which must not be there.

    Parameters
    ----------
    missing, saying
        The error for one that is not there, as of `missing_is_fine`.
    """
    refuse_existing(call, *look, missing, saying)
    declared.begins(name, look)


def refuse_existing(
    call: Call, service: str, operation: str, request: Request, missing: Sequence[str], saying: str = ""
) -> None:
    """Refuse to take over a resource that is there already.

    Parameters
    ----------
    service, operation, request
        What reads the resource; it is local_aws that asks, not the stack's role.
    missing, saying
        The error for a resource that is not there, as of `missing_is_fine`.
    """
    with acting_as(SERVICE), missing_is_fine(*missing, saying=saying):
        call(service, operation, request)
        raise already_exists(request)


def already_exists(named: Mapping[str, Any]) -> AwsError:
    """Return the error for a resource that is there already, outside of the stack."""
    names = ", ".join(f"{member} {value}" for member, value in named.items())
    return AwsError("AlreadyExists", f"{names} exists already, and not in this stack; choose another name or delete it")


def tag_map(tags: TagList | Mapping[str, str] | None) -> dict[str, str]:
    """Return tags as a map, from either form that resource types have."""
    if isinstance(tags, Mapping):
        return dict(tags)
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as a list, with the names that a service has for their parts."""
    return [{key: name, value: text} for name, text in tags.items()]


@dataclass(frozen=True)
class TagChange:
    """What becomes of a resource's tags."""

    put: dict[str, str]
    removed: list[str]

    @classmethod
    def of(cls, before: Properties, after: Properties, member: str = "Tags") -> TagChange:
        """Compare the tags of two sets of properties."""
        old, new = tag_map(before.get(member)), tag_map(after.get(member))
        put = {name: value for name, value in new.items() if old.get(name) != value}
        return cls(put, [name for name in old if name not in new])


def own_arn(call: Call, service: str, resource: str) -> str:
    """Return the ARN of a resource whose service does not tell it.

    Region and account are read from a quota's ARN, as no operation gives the region itself; it is local_aws that asks,
    not the stack's role.
    """
    with acting_as(SERVICE):
        answer = call("service-quotas", "ListServiceQuotas", {"ServiceCode": "sagemaker", "MaxResults": 1})
    _, _, _, region, account, _ = answer["Quotas"][0]["QuotaArn"].split(":", 5)
    return f"arn:aws:{service}:{region}:{account}:{resource}"
