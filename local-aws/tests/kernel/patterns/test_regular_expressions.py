"""Regular expressions with an allowance of time: the results of `re`, without what it costs."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.regular_expressions import (
    MAX_CHARACTERS,
    Allowance,
    Expression,
    ExpressionError,
    MatchTimeoutError,
)
from local_aws.services.cloudformation.templates.parameters import check_declarations, values

_PIECES = ["a", "b", ".", "[ab]", "[^a]", "(a)", "(?:b|a)", "(?!b)", "(?=a)", r"\w", r"\{", "{", "a{1,2}", "b*", "a+?"]
_SLOW, _LONG = "(a|aa)+$", "a" * 500 + "!"


def test_random_expressions_match_as_the_standard_library_does() -> None:
    source = random.Random(9)
    matched = 0
    for _ in range(1_000):
        text = "".join(source.choice(_PIECES) for _ in range(source.randint(1, 5)))
        expression = Expression(text)
        for value in map("".join, itertools.product("ab{", repeat=3)):
            expected = re.fullmatch(text, value) is not None
            matched += expected
            assert expression.matches(value, Allowance()) == expected, (text, value)
            assert expression.found_in(value, Allowance()) == (re.search(text, value) is not None), (text, value)
    assert matched > 300


def test_a_match_ends_with_its_allowance_and_others_run_meanwhile() -> None:
    turns = 0
    is_done = threading.Event()

    def count() -> None:
        nonlocal turns
        while not is_done.wait(0.005):
            turns += 1

    counting = threading.Thread(target=count)
    counting.start()
    with pytest.raises(MatchTimeoutError, match="repetitions"):
        Expression(_SLOW).matches(_LONG, Allowance(0.3))
    is_done.set()
    counting.join()

    assert turns >= 5, "the expression kept the interpreter to itself"


def test_matches_of_one_request_share_its_allowance() -> None:
    allowance = Allowance(0.2)
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises(MatchTimeoutError):
            Expression(_SLOW).matches(_LONG, allowance)

    assert time.monotonic() - began < 5 * 0.2 + 5


def test_time_that_other_threads_take_is_not_the_expressions() -> None:
    """The library counts the time of the process: a match that it ends too early is made again."""
    expression = Expression("a+")
    compiled, turns = expression._compiled, []

    class Busy:
        def fullmatch(self, value: str, **options: Any) -> Any:
            turns.append(value)
            if len(turns) < 3:
                raise TimeoutError
            return compiled.fullmatch(value, **options)

    expression._compiled = Busy()

    assert expression.matches("aaa", Allowance())
    assert len(turns) == 3


@pytest.mark.parametrize("text", ["(", "a{2,1}", "(" * 2_000 + ")" * 2_000, "a" * (MAX_CHARACTERS + 1)])
def test_what_cannot_be_used_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


def test_a_value_that_takes_too_long_for_its_allowed_pattern_is_refused() -> None:
    declarations = {"P": {"Type": "String", "AllowedPattern": _SLOW}}
    check_declarations(declarations)

    with pytest.raises(AwsError, match="Parameter 'P' cannot be checked against its AllowedPattern"):
        values(declarations, [{"ParameterKey": "P", "ParameterValue": _LONG}], {})
    with pytest.raises(AwsError, match="must match pattern"):
        values(declarations, [{"ParameterKey": "P", "ParameterValue": "b"}], {})
    assert values(declarations, [{"ParameterKey": "P", "ParameterValue": "aaa"}], {}) == {"P": "aaa"}
