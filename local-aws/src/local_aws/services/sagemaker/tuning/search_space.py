"""The hyperparameters that a tuning job searches over: how values are drawn, and where they lie in the unit cube.

Source: the developer guide's "Define Hyperparameter Ranges". What scale ``Auto`` chooses is not documented; here it is
logarithmic for a positive range over three orders of magnitude or more, else linear.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.errors import invalid

if TYPE_CHECKING:
    import numpy as np

Scale: TypeAlias = Literal["Linear", "Logarithmic", "ReverseLogarithmic"]
Values: TypeAlias = dict[str, str]
"""A value for each hyperparameter, as a training job has them."""

_WIDE_RANGE = 1000


@dataclass(frozen=True)
class Parameter(ABC):
    """A hyperparameter that is searched over."""

    name: str

    @abstractmethod
    def draw(self, random: np.random.Generator) -> str:
        """Return a random value."""

    @abstractmethod
    def coordinates(self, text: str) -> list[float]:
        """Return where a value lies, each coordinate between 0 and 1."""

    @abstractmethod
    def takes(self, values: Values) -> bool:
        """Return whether one of the values is this hyperparameter's, and could be drawn."""


@dataclass(frozen=True)
class Categorical(Parameter):
    """A choice of texts; each is a direction of its own, as far from one as from another."""

    values: tuple[str, ...]

    def draw(self, random: np.random.Generator) -> str:
        """Return one of the values."""
        return self.values[int(random.integers(len(self.values)))]

    def coordinates(self, text: str) -> list[float]:
        """Return 1 for the value and 0 for the others."""
        return [float(value == text) for value in self.values]

    def takes(self, values: Values) -> bool:
        """Return whether the text is one of the choices."""
        return values.get(self.name) in self.values


@dataclass(frozen=True)
class Numeric(Parameter):
    """A range of numbers, both ends included."""

    lowest: float
    highest: float
    scale: Scale
    is_integer: bool
    """Whether values are rounded; each integer of a linear range is then equally likely."""

    def draw(self, random: np.random.Generator) -> str:
        """Return a number of the range as text."""
        margin = 0.5 if self.is_integer else 0.0
        low, high = self._scaled(self.lowest - margin), self._scaled(self.highest + margin)
        value = min(max(self._unscaled(low + (high - low) * random.random()), self.lowest), self.highest)
        return str(round(value)) if self.is_integer else repr(float(value))

    def coordinates(self, text: str) -> list[float]:
        """Return the place of a number on the range's scale."""
        low, high = self._scaled(self.lowest), self._scaled(self.highest)
        return [(self._scaled(float(text)) - low) / (high - low) if high > low else 0.0]

    def takes(self, values: Values) -> bool:
        """Return whether the text is a number within the range."""
        try:
            return self.lowest <= float(values[self.name]) <= self.highest
        except (KeyError, ValueError):
            return False

    def _scaled(self, value: float) -> float:
        if self.scale == "Logarithmic":
            return math.log(value)
        return -math.log1p(-value) if self.scale == "ReverseLogarithmic" else value

    def _unscaled(self, value: float) -> float:
        if self.scale == "Logarithmic":
            return math.exp(value)
        return -math.expm1(-value) if self.scale == "ReverseLogarithmic" else value


def parse_ranges(ranges: Mapping[str, Any]) -> list[Parameter]:
    """Read a request's ``ParameterRanges``; raise ``ValidationException`` for a range that is not valid."""
    parameters: list[Parameter] = [
        Categorical(entry["Name"], tuple(entry["Values"])) for entry in ranges.get("CategoricalParameterRanges") or ()
    ]
    for member, is_integer in (("IntegerParameterRanges", True), ("ContinuousParameterRanges", False)):
        parameters += [_numeric(entry, is_integer=is_integer) for entry in ranges.get(member) or ()]
    names = [parameter.name for parameter in parameters]
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"ParameterRanges name {', '.join(duplicates)} more than once")
    return parameters


def combinations(parameters: list[Parameter]) -> Iterator[Values]:
    """Yield every combination of categorical values."""
    first, *others = parameters
    if not isinstance(first, Categorical):
        raise TypeError(f"{first.name} is not categorical")
    for value in first.values:
        for rest in combinations(others) if others else ({},):
            yield {first.name: value, **rest}


def _numeric(entry: Mapping[str, Any], *, is_integer: bool) -> Numeric:
    name, scaling = entry["Name"], entry.get("ScalingType", "Auto")
    number = int if is_integer else float
    try:
        lowest, highest = float(number(entry["MinValue"])), float(number(entry["MaxValue"]))
    except ValueError:
        kind = "integers" if is_integer else "numbers"
        raise _invalid(
            name, f"MinValue {entry['MinValue']!r} and MaxValue {entry['MaxValue']!r} must be {kind}"
        ) from None
    if not (math.isfinite(lowest) and math.isfinite(highest) and lowest <= highest):
        raise _invalid(name, f"MinValue {entry['MinValue']} must be at most MaxValue {entry['MaxValue']}, both finite")
    if scaling == "Auto":
        scaling = "Logarithmic" if lowest > 0 and highest / lowest >= _WIDE_RANGE else "Linear"
    if scaling == "Logarithmic" and lowest <= 0:
        raise _invalid(
            name, f"ScalingType Logarithmic needs values greater than 0, and MinValue is {entry['MinValue']}"
        )
    if scaling == "ReverseLogarithmic" and (is_integer or not 0 <= lowest <= highest < 1):
        raise _invalid(name, "ScalingType ReverseLogarithmic needs a continuous range within 0 <= x < 1.0")
    return Numeric(name, lowest, highest, scaling, is_integer)


def _invalid(name: str, reason: str) -> AwsError:
    return invalid(f"The range of hyperparameter {name!r} is not valid: {reason}")
