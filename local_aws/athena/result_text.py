"""Values of a query result as the text that Athena writes; part of the query worker."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from local_aws.athena.failures import QueryFailedError

# Java's Double.toString, which Trino uses, writes numbers outside this range with an exponent.
_PLAIN_FROM: Final = 1e-3
_PLAIN_BELOW: Final = 1e7


def text_column(values: pa.Array) -> pa.Array:
    """Give a column of a result as text.

    Parameters
    ----------
    values
        A column as DuckDB gives it, any type.

    Returns
    -------
    pyarrow.Array
        Strings; NULL stays NULL.

    Raises
    ------
    QueryFailedError
        If a whole number does not fit into a bigint.
    """
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values.cast(pa.string())
    if pa.types.is_decimal(kind) and kind.scale == 0 and kind.precision > 18:
        _check_bigint(values)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        return values.cast(pa.string())
    if pa.types.is_date(kind):
        return values.cast(pa.string())
    if pa.types.is_floating(kind):
        exact: Callable[[float], float | np.float32] = np.float32 if pa.types.is_float32(kind) else float
        return _strings(None if value is None else java_number(exact(value)) for value in values.to_pylist())
    if pa.types.is_timestamp(kind):
        moments = pc.strftime(values.cast(pa.timestamp("ms"), safe=False), "%Y-%m-%d %H:%M:%S")
        return pc.binary_join_element_wise(moments, " UTC", "") if kind.tz else moments
    return _strings(None if value is None else _text(value) for value in values.to_pylist())


def java_number(number: float | np.float32) -> str:
    """Give a float as Java does, e.g. ``1.0E-5`` for 0.00001.

    Parameters
    ----------
    number
        A float, or a numpy.float32 for a REAL.

    Returns
    -------
    str
        The shortest digits that give the number back.
    """
    value = float(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = str(number)
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return text
    shortest = Decimal(text).normalize()
    digits = "".join(map(str, shortest.as_tuple().digits))
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{shortest.adjusted()}"


def _strings(values: Iterable[str | None]) -> pa.Array:
    """Make an array without `pyarrow.array`, which would load pandas and double the worker's start."""
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def _check_bigint(values: pa.Array) -> None:
    """Refuse sums that DuckDB holds in 128 bits and Trino would not hold in 64."""
    bounds = pc.min_max(values).as_py()
    if bounds["min"] is not None and (bounds["min"] < -(2**63) or bounds["max"] >= 2**63):
        raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", "bigint overflow", "data")


def _text(value: Any) -> str:
    """Give one value of any type, as inside arrays, maps and rows."""
    for kind, writer in _WRITERS:
        if isinstance(value, kind):
            return writer(value)
    return str(value)


def _moment(value: dt.datetime) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return f"{text} UTC" if value.tzinfo else text


def _interval(value: dt.timedelta) -> str:
    seconds, milliseconds = divmod(int(value / dt.timedelta(milliseconds=1)), 1000)
    days, rest = divmod(seconds, 86400)
    return f"{days} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{milliseconds:03d}"


def _month_day_nano(value: pa.MonthDayNano) -> str:
    if value.months:
        return f"{value.months // 12}-{value.months % 12}"
    return _interval(dt.timedelta(days=value.days, microseconds=value.nanoseconds // 1000))


def _array(value: list[Any]) -> str:
    if value and all(isinstance(entry, tuple) for entry in value):
        return "{" + ", ".join(f"{_inner(key)}={_inner(item)}" for key, item in value) + "}"
    return "[" + ", ".join(map(_inner, value)) + "]"


def _row(value: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{name}={_inner(item)}" for name, item in value.items()) + "}"


def _inner(value: Any) -> str:
    return "null" if value is None else _text(value)


# Order matters: a bool is an int, a datetime is a date, a MonthDayNano is a tuple.
_WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (bool, lambda value: "true" if value else "false"),
    (float, java_number),
    (bytes, lambda value: value.hex(" ")),
    (dt.datetime, _moment),
    (dt.time, lambda value: value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03d}"),
    (dt.timedelta, _interval),
    (pa.MonthDayNano, _month_day_nano),
    (list, _array),
    (dict, _row),
)
