import json

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.events.event_pattern import parse_pattern

EVENT = {
    "version": "0",
    "source": "aws.glue",
    "resources": ["arn:aws:one", "arn:aws:two"],
    "detail": {
        "state": "Succeeded",
        "name": "Crawl/Raw.CSV",
        "count": 300,
        "share": 0.25,
        "done": True,
        "reason": None,
        "address": "10.0.0.7",
        "address6": "2001:db8::1",
        "empty": "",
        "none": [],
        "mixed": ["a", 1, None],
        "star": "a*b\\c",
        "steps": [{"name": "A", "state": "ok"}, {"name": "B", "state": "failed"}],
    },
}


def matches(pattern: object) -> bool:
    return parse_pattern(json.dumps(pattern))(EVENT)


def detail(**fields: object) -> dict[str, object]:
    return {"detail": fields}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.glue"]}, True),
        ({"source": ["aws.s3", "aws.glue"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.glue"], "detail": {"state": ["Failed"]}}, False),
        ({"resources": ["arn:aws:two"]}, True),
        ({"resources": ["arn:aws:three"]}, False),
        ({"nowhere": {"below": ["x"]}}, False),
        ({"source": {"below": ["x"]}}, False),
        (detail(count=[300]), True),
        (detail(count=[300.0]), True),
        (detail(count=["300"]), False),
        (detail(done=[True]), True),
        (detail(done=[1]), False),
        (detail(reason=[None]), True),
        (detail(reason=[""]), False),
        (detail(missing=[None]), False),
        (detail(empty=[""]), True),
        (detail(mixed=[1]), True),
        (detail(mixed=[None]), True),
        (detail(mixed=["b"]), False),
        (detail(state=[{"exact": "Succeeded"}]), True),
        (detail(state=[{"prefix": "Succ"}]), True),
        (detail(state=[{"prefix": "succ"}]), False),
        (detail(state=[{"prefix": {"equals-ignore-case": "sUCC"}}]), True),
        (detail(name=[{"suffix": ".CSV"}]), True),
        (detail(name=[{"suffix": ".csv"}]), False),
        (detail(name=[{"suffix": {"equals-ignore-case": ".csv"}}]), True),
        (detail(count=[{"prefix": "3"}]), False),
        (detail(state=[{"equals-ignore-case": "SUCCEEDED"}]), True),
        (detail(state=[{"equals-ignore-case": "succeed"}]), False),
        (detail(state=[{"anything-but": "Failed"}]), True),
        (detail(state=[{"anything-but": "Succeeded"}]), False),
        (detail(state=[{"anything-but": ["Failed", "Succeeded"]}]), False),
        (detail(count=[{"anything-but": 300}]), False),
        (detail(count=[{"anything-but": [299, 301]}]), True),
        (detail(count=[{"anything-but": "300"}]), True),
        (detail(missing=[{"anything-but": "x"}]), False),
        (detail(mixed=[{"anything-but": "a"}]), True),
        (detail(state=[{"anything-but": {"prefix": "Suc"}}]), False),
        (detail(state=[{"anything-but": {"prefix": ["Fail", "Can"]}}]), True),
        (detail(state=[{"anything-but": {"suffix": "eded"}}]), False),
        (detail(state=[{"anything-but": {"suffix": ["x", "y"]}}]), True),
        (detail(state=[{"anything-but": {"equals-ignore-case": "succeeded"}}]), False),
        (detail(state=[{"anything-but": {"equals-ignore-case": ["failed", "x"]}}]), True),
        (detail(state=[{"anything-but": {"wildcard": "S*d"}}]), False),
        (detail(state=[{"anything-but": {"wildcard": ["F*", "*x"]}}]), True),
        (detail(count=[{"numeric": ["=", 300]}]), True),
        (detail(count=[{"numeric": [">", 299, "<=", 300]}]), True),
        (detail(count=[{"numeric": [">", 300]}]), False),
        (detail(count=[{"numeric": ["<", 300.5]}]), True),
        (detail(share=[{"numeric": [">=", 0.25]}]), True),
        (detail(state=[{"numeric": [">", 0]}]), False),
        (detail(done=[{"numeric": ["=", 1]}]), False),
        (detail(state=[{"exists": True}]), True),
        (detail(reason=[{"exists": True}]), True),
        (detail(missing=[{"exists": True}]), False),
        (detail(missing=[{"exists": False}]), True),
        (detail(state=[{"exists": False}]), False),
        (detail(none=[{"exists": True}]), False),
        ({"nowhere": {"below": [{"exists": False}]}}, True),
        ({"detail": [{"exists": True}]}, False),
        (detail(missing=["x", {"exists": False}]), True),
        (detail(address=[{"cidr": "10.0.0.0/29"}]), True),
        (detail(address=[{"cidr": "10.0.1.0/24"}]), False),
        (detail(address6=[{"cidr": "2001:db8::/32"}]), True),
        (detail(state=[{"cidr": "10.0.0.0/8"}]), False),
        (detail(name=[{"wildcard": "Crawl/*.CSV"}]), True),
        (detail(name=[{"wildcard": "*/*"}]), True),
        (detail(name=[{"wildcard": "Crawl"}]), False),
        (detail(star=[{"wildcard": "a\\*b\\\\c"}]), True),
        (detail(name=[{"wildcard": "Crawl\\*"}]), False),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"state": ["Succeeded"]}}]}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"state": ["Failed"]}}]}, False),
        ({"source": ["aws.s3"], "$or": [{"source": ["aws.glue"]}, {"version": ["0"]}]}, False),
        ({"detail": {"$or": [{"count": [{"numeric": [">", 500]}]}, {"done": [True]}]}}, True),
        ({"$or": ["a"]}, False),
        (detail(steps={"name": ["B"], "state": ["failed"]}), True),
        (detail(steps={"name": ["A"], "state": ["failed"]}), False),
    ],
)
def test_patterns(pattern, expected):
    assert matches(pattern) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": "aws.glue"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": [["a"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{}]}', "Match expression name not found"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"regex": "a"}]}', "Unrecognized match type regex"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": {"wildcard": "a"}}]}', "Unsupported prefix pattern: wildcard"),
        ('{"source": [{"exists": "true"}]}', "exists match pattern must be either true or false."),
        ('{"source": [{"anything-but": ["a", 1]}]}', "mixed type is not supported"),
        ('{"source": [{"anything-but": null}]}', "must be an array or single string/number value"),
        ('{"source": [{"anything-but": []}]}', "at least one value is needed"),
        ('{"source": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"source": [{"anything-but": {"numeric": 1}}]}', "Unsupported anything-but pattern: numeric"),
        ('{"source": [{"numeric": 1}]}', "Value of numeric must be an array."),
        ('{"source": [{"numeric": []}]}', "Bad numeric range operator"),
        ('{"source": [{"numeric": ["!", 1]}]}', "Unrecognized numeric range operator: !"),
        ('{"source": [{"numeric": ["<", "1"]}]}', "Value of < must be numeric"),
        ('{"source": [{"numeric": ["<"]}]}', "Value of < must be numeric"),
        ('{"source": [{"numeric": [">", 2, "<", 1]}]}', "Bottom must be less than top"),
        ('{"source": [{"numeric": ["<", 2, ">", 1]}]}', "Bad numeric range operator"),
        ('{"source": [{"numeric": ["<", 6e9]}]}', "Value must be between"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"source": [{"wildcard": "a**"}]}', "Consecutive wildcard characters"),
        ('{"source": [{"wildcard": "a\\\\b"}]}', "Invalid escape character"),
        ('{"source": [NaN]}', "Non-standard token 'NaN'"),
    ],
)
def test_invalid_patterns_are_refused_with_the_reason(text, reason):
    with pytest.raises(AwsError) as caught:
        parse_pattern(text)
    assert caught.value.code == "InvalidEventPatternException"
    assert caught.value.message.startswith("Event pattern is not valid. Reason: ")
    assert reason in caught.value.message
