"""Include paths and exclude patterns of crawler targets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_aws.kernel.objects import ObjectInfo
from local_aws.services.glue.crawl.targets import exclude_pattern, included


def infos(*keys: str) -> list[ObjectInfo]:
    return [ObjectInfo("b", key, 1, "", datetime(2026, 1, 1, tzinfo=UTC), Path()) for key in keys]


def chosen(prefix: str, *keys: str, exclusions: tuple[str, ...] = ()) -> list[str]:
    return [info.key for info in included(infos(*keys), prefix, exclusions)]


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("*.csv", ["a.csv"], ["a.csv.gz", "x/a.csv"]),
        ("*.*", ["a.b"], ["ab"]),
        ("*.{csv,avro}", ["a.csv", "a.avro"], ["a.json"]),
        ("foo.?", ["foo.c"], ["foo.cc", "foo."]),
        ("myfolder/*", ["myfolder/a"], ["myfolder/a/b"]),
        ("myfolder/*/*", ["myfolder/a/b"], ["myfolder/a"]),
        ("myfolder/**", ["myfolder/a", "myfolder/a/b"], ["other/a"]),
        ("myfolder**", ["myfolder", "myfolder/a.txt"], ["my"]),
        ("**.csv", ["a.csv", "x/y/a.csv"], ["a.json"]),
        ("2015/01/{[!0],0[8-9]}**", ["2015/01/12/a", "2015/01/08/a"], ["2015/01/07/a"]),
        ("2015/0[2-9]/**", ["2015/03/a"], ["2015/01/a"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("[a^]", ["a", "^"], ["b"]),
        ("a,b", ["a,b"], ["a"]),
    ],
)
def test_exclude_patterns_match_as_the_developer_guide_says(
    pattern: str, matches: list[str], others: list[str]
) -> None:
    compiled = exclude_pattern(pattern)

    assert [text for text in (*matches, *others) if compiled.matches(text)] == matches


def test_a_folder_is_a_whole_name() -> None:
    assert chosen("income", "income/a.csv", "income_old/a.csv") == ["income/a.csv"]
    assert chosen("", "a.csv", "x/b.csv") == ["a.csv", "x/b.csv"]
    assert chosen("x/b.csv", "x/b.csv", "x/c.csv") == ["x/b.csv"]


def test_hidden_and_excluded_objects_are_left_out() -> None:
    keys = ("t/_SUCCESS", "t/.part.crc", "t/_temporary/0/a", "t/k=1/a.csv", "t/k=1/a.txt")

    assert chosen("t/", *keys, exclusions=("**.txt",)) == ["t/k=1/a.csv"]


def test_empty_objects_are_left_out() -> None:
    folder_marker = ObjectInfo("b", "t/", 0, "", datetime(2026, 1, 1, tzinfo=UTC), Path())

    assert included([folder_marker], "t/", ()) == []
