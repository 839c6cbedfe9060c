"""The built-in CSV classifier's rules."""

from __future__ import annotations

from io import BytesIO

import pytest

from local_aws.services.glue.crawl.csv_files import count_records, read_csv_shape


def shape(text: str, complete: bool = True):
    return read_csv_shape(text.encode(), complete=complete)


def columns(text: str) -> dict[str, str]:
    return {column.name: column.type for column in shape(text).schema}


def test_a_header_is_told_from_the_data() -> None:
    found = shape("STATE,zipcode,N1,share\nNY,10001,5,0.5\nNY,10002,6,1\n")

    assert found.header
    assert columns("STATE,zipcode,N1,share\nNY,10001,5,0.5\nNY,10002,6,1\n") == {
        "state": "string",
        "zipcode": "bigint",
        "n1": "bigint",
        "share": "double",
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1,2.5\n3,4\n", id="a number in the first row"),
        pytest.param("name,level\na,b\nc,d\n", id="nothing but strings"),
        pytest.param("name,\na,1\n", id="an empty name"),
        pytest.param("name,Name\na,1\n", id="a name twice"),
        pytest.param(f"{'n' * 150},level\na,1\n", id="a name too long"),
        pytest.param("name,true\na,1\n", id="a boolean in the first row"),
    ],
)
def test_what_is_no_header_names_columns_by_number(text: str) -> None:
    found = shape(text)

    assert not found.header
    assert [column.name for column in found.schema] == ["col0", "col1"]


def test_the_first_row_of_a_headerless_file_counts_for_the_types() -> None:
    assert columns("1,a\n2.5,b\n") == {"col0": "double", "col1": "string"}


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";", "\x01"])
def test_delimiters_are_detected(delimiter: str) -> None:
    found = shape(f"name{delimiter}n\na{delimiter}1\nb{delimiter}2\n")

    assert (found.delimiter, found.header, len(found.schema)) == (delimiter, True, 2)


def test_a_trailing_delimiter_is_no_column() -> None:
    assert columns("name,n,\na,1,\nb,2,\n") == {"name": "string", "n": "bigint"}


def test_quoted_delimiters_and_newlines_are_part_of_a_value() -> None:
    assert columns('name,n\n"a, b\nc",1\nd,2\n') == {"name": "string", "n": "bigint"}


def test_empty_values_fit_every_type() -> None:
    assert columns("name,n,none\na,,\nb,2,\n") == {"name": "string", "n": "bigint", "none": "string"}


def test_booleans_and_long_integers() -> None:
    assert columns("a,b\ntrue,12345678901234567890123\nFALSE,1\n") == {"a": "boolean", "b": "double"}


@pytest.mark.parametrize(
    "text", ["", "one line\nand another\n", "a,b\n", "a,b\nc\n", "prose, with a comma\nand none\n", "a\0b,c\n1,2\n"]
)
def test_what_is_no_csv_is_not_classified(text: str) -> None:
    assert shape(text) is None


def test_the_cut_line_of_a_sample_is_left_out() -> None:
    assert shape("name,n\na,1\nb", complete=False).schema[1].type == "bigint"


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert columns("\ufeffname,n\na,1\n") == {"name": "string", "n": "bigint"}


@pytest.mark.parametrize(("content", "count"), [(b"", 0), (b"a\nb\n", 2), (b"a\nb", 2), (b"\n", 1)])
def test_records_are_counted(content: bytes, count: int) -> None:
    assert count_records(BytesIO(content)) == count
