"""Schemas: what merges into what, and which are similar."""

from __future__ import annotations

import pytest

from local_aws.services.glue.crawl.schema import Column, Schema, common_type, merge, similar


def schema(**types: str) -> Schema:
    return tuple(Column(name, kind) for name, kind in types.items())


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("int", "bigint", "bigint"),
        ("bigint", "double", "double"),
        ("string", "bigint", "string"),
        ("date", "timestamp", "string"),
        ("boolean", "boolean", "boolean"),
    ],
)
def test_types_widen_until_they_hold_both(one: str, other: str, common: str) -> None:
    assert common_type(one, other) == common_type(other, one) == common


def test_merging_keeps_the_order_and_adds_what_is_new() -> None:
    merged = merge([schema(a="int", b="string"), schema(b="string", c="date"), schema(a="bigint")])

    assert merged == schema(a="bigint", b="string", c="date")


def test_schemas_are_similar_from_seven_columns_of_ten() -> None:
    ten = schema(**{f"c{at}": "int" for at in range(10)})

    assert similar(ten, ten[:7])
    assert not similar(ten, ten[:6])
    assert similar(ten, schema(**{f"c{at}": "double" for at in range(10)}))
    assert not similar(ten, schema(**{f"c{at}": "string" for at in range(10)}))
