"""How deeply what is sent may be nested."""

from __future__ import annotations

import json

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import MAX_LEVELS, TooDeepError, read_json
from local_aws.services.cloudformation.templates.text import read_template
from local_aws.services.events.event_pattern import parse_pattern
from local_aws.services.iam.documents import MalformedPolicyError, parse_document


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_json_has_a_bound_on_its_levels() -> None:
    assert read_json(nested(MAX_LEVELS)) == json.loads(nested(MAX_LEVELS))
    for levels in (MAX_LEVELS + 1, 1_000, 100_000):
        with pytest.raises(TooDeepError):
            read_json(nested(levels))
    with pytest.raises(ValueError, match="Expecting"):
        read_json("[" * 50)


def test_an_event_is_matched_down_to_the_last_level() -> None:
    depth = MAX_LEVELS - 1
    pattern = '{"a":' * depth + '["x"]' + "}" * depth
    event = json.loads('{"a":' * depth + '"x"' + "}" * depth)

    assert parse_pattern(pattern)(event)
    with pytest.raises(AwsError, match="levels deep"):
        parse_pattern('{"a":' * 300 + '["x"]' + "}" * 300)


def test_or_has_the_bound_of_eventbridge() -> None:
    choice = [{"b": [1]}] * 10

    def pattern(fields: int) -> str:
        return json.dumps({f"f{number}": {"$or": choice} for number in range(fields)})

    assert parse_pattern(pattern(3))({f"f{number}": {"b": 1} for number in range(3)})
    with pytest.raises(AwsError, match="combinations"):
        parse_pattern(pattern(4))


def test_a_deep_policy_is_malformed() -> None:
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":' + nested(5_000) + "}]}"
    with pytest.raises(MalformedPolicyError, match="levels deep"):
        parse_document(text, "PolicyDocument", "identity")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"Resources":' + nested(20_000) + "}", "levels deep"),
        ("Resources: " + nested(20_000), "levels deep"),
        ("- " * 20_000, "levels deep"),
        ("\n".join(" " * level + "a:" for level in range(1, 300)), "levels deep"),
        ("a: &a [x]\nb: [*a, *a]\n", "aliases"),
        ("Metadata: [" + "x," * 200_000 + "]", "keys and values"),
        ("a: 1" + ":1" * 100_000, "digits"),
    ],
)
def test_a_template_that_would_take_long_to_read_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AwsError, match=reason):
        read_template(text)
