"""Values as Athena writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from local_aws.services.athena.worker.result_text import java_number, text_column


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (-0.00012345, "-1.2345E-4"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (1e300, "1.0E300"),
        (5e-324, "5.0E-324"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (np.float32(0.1), "0.1"),
        (np.float32(16777216), "1.6777216E7"),
    ],
)
def test_floats_are_written_as_java_does(number: float, text: str) -> None:
    assert java_number(number) == text
    assert np.isnan(number) or type(number)(text) == number, "no digit is lost"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array(["a", "", None]), ["a", "", None]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([2**62, None]), [str(2**62), None]),
        (pa.array([Decimal("1.50"), None]), ["1.50", None]),
        (pa.array([0.1, None], pa.float32()), ["0.1", None]),
        (pa.array([dt.date(2020, 1, 2), None]), ["2020-01-02", None]),
        (pa.array([dt.datetime(2020, 1, 2, 3, 4, 5, 678901)]), ["2020-01-02 03:04:05.678"]),
        (pa.array([dt.datetime(2020, 1, 2, 3)], pa.timestamp("us", tz="UTC")), ["2020-01-02 03:00:00.000 UTC"]),
        (pa.array([dt.time(3, 4, 5, 600)]), ["03:04:05.000"]),
        (pa.array([dt.timedelta(days=1, seconds=3723)]), ["1 01:02:03.000"]),
        (pa.array([b"hi", None]), ["68 69", None]),
        (pa.array([[1, None], []]), ["[1, null]", "[]"]),
        (pa.array([{"a": 1, "b": [True]}, None]), ["{a=1, b=[true]}", None]),
        (pa.array([[("k", 1.0)], []], pa.map_(pa.string(), pa.float64())), ["{k=1.0}", "{}"]),
    ],
)
def test_columns_are_written_as_athena_does(values: pa.Array, texts: list[str | None]) -> None:
    assert text_column(values).to_pylist() == texts
