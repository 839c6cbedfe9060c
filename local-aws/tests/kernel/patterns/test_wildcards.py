"""Wildcard patterns: equal to regular expressions on short texts, and of linear cost on long ones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from local_aws.kernel.wildcards import ANY, ANY_TEXT, Choice, Many, OneOf, Token, Wildcard
from local_aws.services.athena.catalog.listings import _matching
from local_aws.services.events.event_pattern import parse_pattern
from local_aws.services.glue.crawl.targets import exclude_pattern
from local_aws.services.iam.patterns import action_matches, arn_matches, glob, variables

_LETTER = OneOf((("a", "b"),))
_TOKENS: dict[Token, str] = {
    "a": "a",
    "b": "b",
    "c": "c",
    ANY: ".",
    ANY_TEXT: ".*",
    _LETTER: "[ab]",
    Many(_LETTER): "[ab]*",
    OneOf((("a", "b"),), negated=True): "[^ab]",
}
_ROUNDS = 5_000


def _sequence(source: random.Random, most: int, depth: int) -> tuple[list[Token], str]:
    """Return random tokens and the regular expression that says the same."""
    tokens: list[Token] = []
    expression = ""
    for _ in range(source.randint(0, most)):
        if depth and source.random() < 0.25:
            parts = [_sequence(source, 2, depth - 1) for _ in range(source.randint(1, 3))]
            tokens.append(Choice(tuple(tuple(part) for part, _ in parts)))
            expression += f"(?:{'|'.join(text for _, text in parts)})"
        else:
            token = source.choice(list(_TOKENS))
            tokens.append(token)
            expression += _TOKENS[token]
    return tokens, expression


def test_random_patterns_match_as_regular_expressions_do() -> None:
    source = random.Random(9)
    matched = 0
    for _ in range(_ROUNDS):
        tokens, expression = _sequence(source, 5, 2)
        text = "".join(source.choice("abc\n") for _ in range(source.randint(0, 6)))
        expected = re.fullmatch(expression, text, re.DOTALL) is not None
        matched += expected
        assert Wildcard(tokens).matches(text) == expected, (expression, text)
    assert matched > _ROUNDS // 20, "the texts say nothing unless some of them match"


def test_random_globs_match_as_the_regular_expressions_of_each_dialect() -> None:
    source = random.Random(9)
    for _ in range(_ROUNDS):
        pattern = "".join(source.choice("ab/*?") for _ in range(source.randint(0, 6)))
        text = "".join(source.choice("aBb/") for _ in range(source.randint(0, 7)))
        of_iam = "".join({"*": ".*", "?": "."}.get(each, each) for each in pattern)
        of_glue = re.sub(r"\*\*|\*|\?", lambda found: {"**": ".*", "*": "[^/]*", "?": "[^/]"}[found[0]], pattern)
        of_hive = re.escape(pattern).replace(r"\*", ".*")

        assert glob(pattern).matches(text) == bool(re.fullmatch(of_iam, text))
        assert action_matches(pattern, text) == bool(re.fullmatch(of_iam, text, re.IGNORECASE))
        assert exclude_pattern(pattern).matches(text) == bool(re.fullmatch(of_glue, text))
        assert bool(_matching([text], pattern)) == bool(re.fullmatch(of_hive, text, re.IGNORECASE))


class _Counted(str):
    """A text that counts how often a character of it is looked at."""

    looks = 0

    def __getitem__(self, index: object) -> str:
        return _Counted(super().__getitem__(index))  # type: ignore[index]

    def __iter__(self):
        for character in super().__iter__():
            _Counted.looks += 1
            yield character


@pytest.mark.parametrize("pattern", ["*a" * 300 + "*b", "a*" * 300 + "b", "?*" * 300 + "b", "*?a" * 200 + "b"])
@pytest.mark.parametrize("length", [1_000, 2_000])
def test_each_character_is_looked_at_once(pattern: str, length: int) -> None:
    _Counted.looks = 0

    assert not glob(pattern).matches(_Counted("a" * length))
    assert _Counted.looks <= length


def _event_rule(pattern: str, text: str) -> bool:
    return parse_pattern(f'{{"detail": {{"a": [{{"wildcard": "{pattern}"}}]}}}}')({"detail": {"a": text}})


_HOSTILE = {
    "EventBridge wildcard": lambda: _event_rule("a*" * 900 + "b", "a" * 200_000),
    "IAM resource": lambda: arn_matches("arn:aws:s3:::" + "*a" * 10_000 + "b", "arn:aws:s3:::" + "a" * 2_048),
    "IAM action": lambda: action_matches("s3:" + "*a" * 10_000 + "b", "s3:" + "a" * 128),
    "IAM condition": lambda: glob("*?" * 10_000 + "b").matches("a" * 2_048),
    "IAM variable of blanks": lambda: bool(variables("${" + " " * 20_000)),
    "IAM variables without an end": lambda: bool(variables("${a" * 7_000 + "${a,'" * 4_000)),
    "crawler folders": lambda: exclude_pattern("*a" * 500 + "b").matches("a" * 1_024),
    "crawler groups": lambda: exclude_pattern("{a,*}" * 200 + "b").matches("a" * 1_024),
    "crawler empty groups": lambda: exclude_pattern("{,a}" * 250 + "b").matches("a" * 1_024),
    "crawler sets": lambda: exclude_pattern("[" * 1_024).matches("a" * 1_024),
    "SHOW TABLES": lambda: bool(_matching(["a" * 255], "*a" * 250 + "b")),
    "SHOW TABLES, many choices": lambda: bool(_matching(["a" * 255], "*a*b|" * 170 + "b")),
}


@pytest.mark.parametrize("place", _HOSTILE)
def test_no_pattern_takes_long(place: str, at_once: Callable[[Callable[[], bool]], bool]) -> None:
    assert not at_once(_HOSTILE[place])
