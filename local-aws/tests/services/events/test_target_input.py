import json

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.events.json_path import ABSENT, find, is_path
from local_aws.services.events.target_input import make_input

EVENT = {
    "id": "e-1",
    "source": "test",
    "resources": ["one", "two"],
    "detail": {"state": 'it "failed"', "count": 3, "a-b": {"c": None}},
}
RULE = {"Name": "rule", "Arn": "arn:rule", "IngestionTime": "2026-01-01T00:00:00Z"}


def transformed(template: str, **paths: str) -> str:
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    return make_input(target, EVENT, RULE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.id", "e-1"),
        ("$.resources[1]", "two"),
        ("$.resources[2]", ABSENT),
        ("$.detail.a-b.c", None),
        ("$.detail.none", ABSENT),
        ("$.id.below", ABSENT),
    ],
)
def test_paths(path, value):
    assert is_path(path)
    assert find(path, EVENT) is value or find(path, EVENT) == value


@pytest.mark.parametrize("text", ["", "id", "$id", "$.", "$..id", "$.a[*]", "$.a['b']", "$.a b"])
def test_what_is_no_path(text):
    assert not is_path(text)


def test_a_target_gets_the_event_a_part_of_it_or_a_constant():
    assert json.loads(make_input({}, EVENT, RULE)) == EVENT
    assert json.loads(make_input({"InputPath": "$.detail.a-b"}, EVENT, RULE)) == {"c": None}
    assert make_input({"Input": '{"x": 1}'}, EVENT, RULE) == '{"x": 1}'
    with pytest.raises(AwsError, match="leads nowhere"):
        make_input({"InputPath": "$.none"}, EVENT, RULE)


def test_a_json_template_is_filled_with_json():
    template = '{"state": <s>, "text": "it is <s>, \\"<n>\\"", "n": <n>, "all": <d>, "rule": <aws.events.rule-name>}'
    filled = json.loads(transformed(template, s="$.detail.state", n="$.detail.count", d="$.detail"))
    assert filled == {
        "state": 'it "failed"',
        "text": 'it is it "failed", "3"',
        "n": 3,
        "all": EVENT["detail"],
        "rule": "rule",
    }


def test_a_text_template_is_filled_with_text():
    assert transformed("<i>: <s>; <none>.", i="$.id", s="$.detail.state", none="$.none") == 'e-1: it "failed"; .'


def test_the_event_itself_can_stand_in_a_template():
    assert json.loads(transformed('{"event": <aws.events.event.json>}'))["event"] == EVENT
    assert "detail" not in json.loads(transformed('{"event": <aws.events.event>}'))["event"]
