"""The kinds of hyperparameters: how a value is read from its text, and which values are valid.

Source of the words: ``sagemaker_algorithm_toolkit/hyperparameter_validation.py`` of the container's repository,
``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.services.sagemaker.xgboost_algorithm.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import TypeAlias

    Parse: TypeAlias = Callable[[str], Any]


@dataclass(frozen=True)
class Interval:
    """An interval of numbers, written as in mathematics; None is without bound."""

    low: float | None = None
    high: float | None = None
    opens: str = "["
    closes: str = "]"

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, (int, float)):
            return False
        above = self.low is None or value > self.low or (self.opens == "[" and value == self.low)
        below = self.high is None or value < self.high or (self.closes == "]" and value == self.high)
        return above and below

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{self.opens}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{self.closes}"
        return f"{low}, {high}"


@dataclass(frozen=True)
class Hyperparameter:
    """A hyperparameter of the algorithm."""

    parse: Parse
    """Reads a value from its text, or raises ValueError."""
    valid: Container[Any]
    """The valid values; of lists the valid elements."""
    depth: int = 0
    """0 for single values, 1 for lists, 2 for lists of lists."""

    def read(self, name: str, text: str) -> Any:
        """Return a value from its text; `UserError` says why it is not valid."""
        try:
            value = self.parse(text)
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(
                f"Hyperparameter {name}: could not parse value (caused by {type(error).__name__})"
            ) from error
        try:
            elements = _flattened(value, self.depth)
        except TypeError as error:
            raise UserError(f"Hyperparameter {name}: unexpected failure when validating {value}") from error
        if self.depth == 0 and value not in self.valid:
            raise UserError(f"Hyperparameter {name}: {value} is not in {self.valid}")
        if any(element not in self.valid for element in elements):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {self.valid}")
        return value


def integer(low: float | None = None, high: float | None = None, ends: str = "[]") -> Hyperparameter:
    """Return a hyperparameter that is a whole number."""
    return Hyperparameter(int, Interval(low, high, *ends))


def number(low: float | None = None, high: float | None = None, ends: str = "[]") -> Hyperparameter:
    """Return a hyperparameter that is a number."""
    return Hyperparameter(float, Interval(low, high, *ends))


def choice(*values: str) -> Hyperparameter:
    """Return a hyperparameter that is one of several texts."""
    return Hyperparameter(str, list(values))


def choices(valid: Container[Any]) -> Hyperparameter:
    """Return a hyperparameter that is a list of texts, with commas between them."""
    return Hyperparameter(lambda text: text.split(","), valid, depth=1)


def numbers(valid: Container[Any], depth: int) -> Hyperparameter:
    """Return a hyperparameter that is a tuple of numbers, or a list of lists of them, as Python writes them."""
    return Hyperparameter(ast.literal_eval, valid, depth)


def _flattened(value: Any, depth: int) -> list[Any]:
    """Return the elements of a list, or of the lists in a list."""
    if depth == 0:
        return []
    return list(value) if depth == 1 else [element for inner in value for element in inner]
