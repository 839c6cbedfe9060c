"""Names that may stand in SQL."""

from __future__ import annotations

import pytest

from inference.identifiers import column_identifier, endpoint_identifier, location, table_identifier


@pytest.mark.parametrize("name", ["playgrounds", "scoring_lab", "_a1", "dev_playgrounds"])
def test_names_of_tables(name: str) -> None:
    assert table_identifier(name) == name


@pytest.mark.parametrize("name", ["", "Parks", "a-b", "a b", "a`b", 'a"b', "a;--", "1a", "a.b", "é"])
def test_what_is_no_name_of_a_table(name: str) -> None:
    with pytest.raises(ValueError, match="is not allowed in SQL"):
        table_identifier(name)


def test_columns_are_quoted() -> None:
    assert column_identifier("returns") == '"returns"'
    with pytest.raises(ValueError, match="is not allowed in SQL"):
        column_identifier('a"b')


@pytest.mark.parametrize("name", ["playground-accessibility", "A1", "a--b"])
def test_names_of_endpoints(name: str) -> None:
    assert endpoint_identifier(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a'b", "a' SELECT", "a" * 64])
def test_what_is_no_name_of_an_endpoint(name: str) -> None:
    with pytest.raises(ValueError, match="is not allowed in SQL"):
        endpoint_identifier(name)


def test_a_location_ends_in_a_slash() -> None:
    assert location("s3://bucket/a/b=1") == "s3://bucket/a/b=1/"


@pytest.mark.parametrize(
    "uri", ["bucket/a", "http://bucket/a", "s3://b'/a", "s3://bucket/a'b", "s3://bucket/a b", "s3://"]
)
def test_what_is_no_location(uri: str) -> None:
    with pytest.raises(ValueError, match="is not allowed in SQL"):
        location(uri)
