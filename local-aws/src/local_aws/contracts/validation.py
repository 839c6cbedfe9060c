"""Requests and answers against botocore's model of the service."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from local_aws.kernel.errors import AwsError
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError

_CHECKED_BY_THE_SERVICE = frozenset({"BucketLocationConstraint", "EncodingType", "QueueAttributeName"})
"""Enums whose other values the service refuses in words of its own, or takes."""
_MAX_SHOWN = 1_000


def validate_request(shape: Shape | None, request: dict[str, Any]) -> None:
    """Check a request: members, types, lengths, enums and patterns.

    Raises
    ------
    AwsError
        ``ValidationException`` in AWS's words, naming each member at fault; the service may have another code for it.
    """
    if shape is None:
        return
    faults = list(_faults(shape, request, "", Allowance()))
    if faults:
        noun = "error" if len(faults) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(faults)} validation {noun} detected: " + "; ".join(faults))
    # Members and types that the model does not have: AWS's own clients send none.
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise AwsError("ValidationException", report.generate_report())


def validate_answer(name: str, shape: Shape | None, answer: dict[str, Any]) -> None:
    """Check that an answer is one that the service could give.

    Raises
    ------
    AwsError
        ``InternalFailure``: the fault is ours.
    """
    if shape is None:
        if answer:
            raise AwsError("InternalFailure", f"{name} has no output, but returned {sorted(answer)}", 500)
        return
    report = _AnswerValidator().validate(answer, shape)
    if report.has_errors():
        raise AwsError("InternalFailure", f"{name} returned an ill-formed answer: {report.generate_report()}", 500)


class _AnswerValidator(ParamValidator):
    """Takes any empty list: AWS gives them even where its model asks for an element."""

    def _validate_list(self, param: Any, shape: ListShape, errors: Any, name: str) -> None:
        if param != []:
            super()._validate_list(param, shape, errors, name)


def _faults(shape: Shape, value: Any, path: str, allowance: Allowance) -> Iterator[str]:
    """Yield each member that breaks a constraint of the model; members of another type are left to botocore."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        prefix = f"{path}." if path else ""
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{prefix}{_lower(name)}' failed to satisfy constraint: Member must not be null"
        for name, member in value.items():
            if name in shape.members and member is not None:
                yield from _faults(shape.members[name], member, f"{prefix}{_lower(name)}", allowance)
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        yield from _length_faults(shape, value, path)
        for index, member in enumerate(value, 1):
            yield from _faults(shape.member, member, f"{path}.{index}.member", allowance)
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        yield from _length_faults(shape, value, path)
        for key, member in value.items():
            yield from _faults(shape.value, member, f"{path}.{key}.member", allowance)
    elif isinstance(value, str) and shape.type_name == "string":
        yield from _text_faults(shape, value, path, allowance)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bound_faults(shape, value, value, path, "value")


def _text_faults(shape: Shape, value: str, path: str, allowance: Allowance) -> Iterator[str]:
    wrong_length = list(_length_faults(shape, value, path))
    yield from wrong_length
    enum = getattr(shape, "enum", None)
    if enum and value not in enum and shape.name not in _CHECKED_BY_THE_SERVICE:
        yield _fault(value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    pattern = None if wrong_length else _pattern(shape.metadata.get("pattern"))
    if pattern is not None and not _matches(pattern, value, path, allowance):
        yield _fault(value, path, f"Member must satisfy regular expression pattern: {pattern.text}")


def _length_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from _bound_faults(shape, value, len(value), path, "length")


def _bound_faults(shape: Shape, value: Any, size: float, path: str, what: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if maximum is not None and size > maximum:
        yield _fault(value, path, f"Member must have {what} less than or equal to {maximum}")
    if minimum is not None and size < minimum:
        yield _fault(value, path, f"Member must have {what} greater than or equal to {minimum}")


def _fault(value: Any, path: str, constraint: str) -> str:
    shown = _shown(value)
    shown = shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "…"
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


def _shown(value: Any) -> str:
    """Return a value as AWS shows it, in the form of Java's collections."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_shown(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


def _lower(name: str) -> str:
    """Return a member's name as AWS's messages have it."""
    return name[:1].lower() + name[1:]


def _matches(pattern: Expression, value: str, path: str, allowance: Allowance) -> bool:
    try:
        return pattern.matches(value, allowance)
    except MatchTimeoutError as error:
        raise AwsError("ValidationException", f"Value at '{path}' cannot be checked: {error}") from None


@functools.cache
def _pattern(text: str | None) -> Expression | None:
    """Compile a model's pattern; those in Java's dialect only are left unchecked."""
    if text is None:
        return None
    try:
        return Expression(text)
    except ExpressionError:
        return None
