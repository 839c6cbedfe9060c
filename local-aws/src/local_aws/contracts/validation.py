"""Requests and answers against botocore's model of the service."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from local_aws.kernel.errors import AwsError
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError


def validate_request(shape: Shape | None, request: dict[str, Any]) -> None:
    """Check a request: members, types, lengths, enums and patterns.

    Raises
    ------
    AwsError
        ``ValidationException`` in AWS's words, naming each member at fault.
    """
    if shape is None:
        return
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise AwsError("ValidationException", report.generate_report())
    faults = list(_faults(shape, request, "", Allowance()))
    if faults:
        noun = "error" if len(faults) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(faults)} validation {noun} detected: " + "; ".join(faults))


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
    """Yield what ParamValidator does not check: enums, patterns and upper bounds."""
    if isinstance(shape, StructureShape):
        for name, member in value.items():
            yield from _faults(shape.members[name], member, f"{path}.{name}" if path else name, allowance)
    elif isinstance(shape, ListShape):
        yield from _length_fault(shape, value, path)
        for index, member in enumerate(value, 1):
            yield from _faults(shape.member, member, f"{path}.{index}.member", allowance)
    elif isinstance(shape, MapShape):
        yield from _length_fault(shape, value, path)
        for key, member in value.items():
            yield from _faults(shape.value, member, f"{path}.{key}", allowance)
    elif isinstance(value, str):
        too_long = list(_length_fault(shape, value, path))
        yield from too_long
        enum = getattr(shape, "enum", None)
        if enum and value not in enum:
            yield _fault(value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]")
        pattern = None if too_long else _pattern(shape.metadata.get("pattern"))
        if pattern is not None and not _matches(pattern, value, path, allowance):
            yield _fault(value, path, f"Member must satisfy regular expression pattern: {pattern.text}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        bound = shape.metadata.get("max")
        if bound is not None and value > bound:
            yield _fault(value, path, f"Member must have value less than or equal to {bound}")


def _length_fault(shape: Shape, value: Any, path: str) -> Iterator[str]:
    bound = shape.metadata.get("max")
    if bound is not None and len(value) > bound:
        yield _fault(value, path, f"Member must have length less than or equal to {bound}")


def _fault(value: Any, path: str, constraint: str) -> str:
    shown = str(value)
    shown = shown if len(shown) <= 200 else shown[:200] + "…"
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


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
