"""Values of a query result as the text that Athena writes."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from local_aws.services.athena.errors import QueryFailedError

# Java's Double.toString, which Trino uses, writes numbers outside this range with an exponent.
_PLAIN_FROM: Final = 1e-3
_PLAIN_BELOW: Final = 1e7
_PLAIN_SCALE: Final = 6
"""pyarrow may write decimals of a larger scale with an exponent."""


def text_column(values: pa.Array, *, is_sum: bool = False) -> pa.Array:
    """Return a column of a result as strings; NULL stays NULL, and a sum outside bigint fails the query."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values.cast(pa.string())
    if is_sum:
        _check_bigint(values)
    if pa.types.is_decimal(kind) and kind.scale <= _PLAIN_SCALE:
        return values.cast(pa.string())
    if any(test(kind) for test in (pa.types.is_integer, pa.types.is_boolean, pa.types.is_date)):
        return values.cast(pa.string())
    if pa.types.is_timestamp(kind):
        texts = pc.strftime(values.cast(pa.timestamp("ms"), safe=False), "%Y-%m-%d %H:%M:%S")
        return pc.binary_join_element_wise(texts, " UTC", "") if kind.tz else texts
    write = _writer(kind) if not pa.types.is_decimal(kind) else "{:f}".format
    return string_array(None if value is None else write(value) for value in values.to_pylist())


def string_array(values: Iterable[str | None]) -> pa.Array:
    """Return an array of strings, made without `pyarrow.array`, which would load pandas: that takes 0.2 s."""
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def java_number(number: float | np.float32) -> str:
    """Return a DOUBLE or, from a numpy.float32, a REAL as Java writes it: shortest, e.g. ``1.0E-5`` for 0.00001."""
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


def _check_bigint(values: pa.Array) -> None:
    """Raise an error for sums that DuckDB holds in 128 bits and Trino would not hold in 64."""
    bounds = pc.min_max(values).as_py()
    if bounds["min"] is not None and (bounds["min"] < -(2**63) or bounds["max"] >= 2**63):
        raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", "bigint overflow", "data")


def _writer(kind: pa.DataType) -> Callable[[Any], str]:
    """Return the writer of a type's Python values; inside arrays, maps and rows NULL is ``null``."""
    if pa.types.is_map(kind):
        return _map_writer(_inner(kind.key_type), _inner(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        item = _inner(kind.value_type)
        return lambda items: "[" + ", ".join(map(item, items)) + "]"
    if pa.types.is_struct(kind):
        fields = [(field.name, _inner(field.type)) for field in kind.fields]
        if all(re.fullmatch(r"(element\d+)?", name) for name, _ in fields):
            return lambda row: _row_text(row.values(), [write for _, write in fields])
        return lambda row: "{" + ", ".join(f"{name}={write(row[name])}" for name, write in fields) + "}"
    if pa.types.is_float32(kind):
        return lambda number: java_number(np.float32(number))
    return next((write for test, write in _SCALARS if test(kind)), str)


def _row_text(values: Iterable[Any], writers: Iterable[Callable[[Any], str]]) -> str:
    """Return a row whose fields have no names as Trino writes it."""
    texts = (f"field{index}={write(value)}" for index, (value, write) in enumerate(zip(values, writers, strict=True)))
    return "{" + ", ".join(texts) + "}"


def _map_writer(key: Callable[[Any], str], item: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda entries: "{" + ", ".join(f"{key(name)}={item(value)}" for name, value in entries) + "}"


def _inner(kind: pa.DataType) -> Callable[[Any], str]:
    write = _writer(kind)
    return lambda value: "null" if value is None else write(value)


def _timestamp(value: dt.datetime) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return f"{text} UTC" if value.tzinfo else text


def _time(value: dt.time) -> str:
    return value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03d}"


def _duration(value: dt.timedelta) -> str:
    seconds, milliseconds = divmod(int(value / dt.timedelta(milliseconds=1)), 1000)
    days, rest = divmod(seconds, 86400)
    return f"{days} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{milliseconds:03d}"


def _interval(value: pa.MonthDayNano) -> str:
    if value.months:
        return f"{value.months // 12}-{value.months % 12}"
    return _duration(dt.timedelta(days=value.days, microseconds=value.nanoseconds // 1000))


_SCALARS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], str]], ...]] = (
    (pa.types.is_floating, java_number),
    (pa.types.is_boolean, lambda value: "true" if value else "false"),
    (pa.types.is_timestamp, _timestamp),
    (pa.types.is_time, _time),
    (pa.types.is_duration, _duration),
    (pa.types.is_interval, _interval),
    (pa.types.is_binary, lambda value: value.hex(" ")),
    (pa.types.is_large_binary, lambda value: value.hex(" ")),
)
