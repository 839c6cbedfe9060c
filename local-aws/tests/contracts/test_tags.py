"""How a service's API writes tags."""

from __future__ import annotations

import pytest

from local_aws.contracts.tags import TagForm


@pytest.mark.parametrize(
    ("form", "request_", "tags"),
    [
        (TagForm(), {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c"}]}, {"a": "b", "c": ""}),
        (TagForm(key="TagKey", value="TagValue"), {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, {"a": "b"}),
        (TagForm(key=""), {"Tags": {"a": "b"}}, {"a": "b"}),
        (TagForm(), {}, {}),
    ],
)
def test_tags_of_a_request_are_read(form: TagForm, request_: dict, tags: dict[str, str]) -> None:
    assert form.read(request_) == tags


def test_tags_are_written_in_the_services_form() -> None:
    assert TagForm(key="TagKey", value="TagValue").write({"a": "b"}) == [{"TagKey": "a", "TagValue": "b"}]
    assert TagForm(key="").write({"a": "b"}) == {"a": "b"}
