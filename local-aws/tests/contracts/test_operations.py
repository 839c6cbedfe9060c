"""What the front enforces for an operation: members, pages, tags."""

from typing import Any

import pytest

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, operations
from local_aws.contracts.tags import TAGS, TagForm, TagOperations, tagged
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record


def test_contract_gives_each_operation_the_error_of_its_service() -> None:
    contract = operations(
        "glue",
        {
            "GetJob": dict,
            "CreateJob": Operation(dict, Members(refused=("LogUri",))),
            "StartJobRun": Operation(dict, Members(refused=("LogUri",)), error="Own"),
        },
        error="InvalidInputException",
    )
    assert contract["glue", "GetJob"].serve("GetJob", {"LogUri": "x"}) == {"LogUri": "x"}
    for name, code in (("CreateJob", "InvalidInputException"), ("StartJobRun", "Own")):
        with pytest.raises(AwsError, match=f"{code}: local_aws does not support LogUri of {name}"):
            contract["glue", name].serve(name, {"LogUri": "x"})


def test_listing_is_cut_into_pages() -> None:
    operation = Operation(lambda request: {"Jobs": iter(range(5)), "Other": 1}, pages=Pages("Jobs", size=2))
    answer = operation.serve("ListJobs", {})
    assert answer["Jobs"] == [0, 1]
    assert answer["Other"] == 1
    answer = operation.serve("ListJobs", {"NextToken": answer["NextToken"], "MaxResults": 10})
    assert answer == {"Jobs": [2, 3, 4], "Other": 1}


def test_listing_names_the_next_page_as_its_api_does() -> None:
    pages = Pages("Functions", token="Marker", limit="MaxItems", next_token="NextMarker")
    operation = Operation(lambda request: {"Functions": range(3)}, pages=pages)
    answer = operation.serve("ListFunctions", {"MaxItems": 2})
    assert answer["Functions"] == [0, 1]
    assert operation.serve("ListFunctions", {"Marker": answer["NextMarker"]}) == {"Functions": [2]}


class Jobs:
    """Records by name, as a collection has them."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {"a": {"Name": "a"}, "b": {"Name": "b", TAGS: {"k": "v"}}}

    def change(self, name: str, change: Any) -> Record:
        if name not in self.records:
            raise AwsError("NotFound", name)
        change(self.records[name])
        return self.records[name]


@pytest.mark.parametrize(
    ("form", "added", "listed"),
    [
        (TagForm(), [{"Key": "x", "Value": "1"}], [{"Key": "x", "Value": "1"}]),
        (
            TagForm(key="TagKey", value="TagValue"),
            [{"TagKey": "x", "TagValue": "1"}],
            [{"TagKey": "x", "TagValue": "1"}],
        ),
        (TagForm(key=""), {"x": "1"}, {"x": "1"}),
    ],
)
def test_tags_are_read_and_written_in_the_form_of_the_service(form: TagForm, added: Any, listed: Any) -> None:
    jobs = Jobs()
    handlers = TagOperations(jobs.change, form).table("TagResource", "UntagResource", "ListTags")
    assert handlers["TagResource"]({"ResourceArn": "a", "Tags": added}) == {}
    assert handlers["ListTags"]({"ResourceArn": "a"}) == {"Tags": listed}
    assert handlers["UntagResource"]({"ResourceArn": "a", "TagKeys": ["x", "y"]}) == {}
    assert handlers["ListTags"]({"ResourceArn": "a"})["Tags"] in ([], {})
    with pytest.raises(AwsError, match="NotFound"):
        handlers["ListTags"]({"ResourceArn": "c"})


def test_tags_have_a_limit() -> None:
    tags = TagOperations(Jobs().change, TagForm(key=""), maximum=2)
    with pytest.raises(AwsError, match="LimitExceededException: A resource can have at most 2 tags"):
        tags.tag({"ResourceArn": "b", "Tags": {"x": "", "y": ""}})


def test_tagged_selects_by_all_tags() -> None:
    records = list(Jobs().records.values())
    assert [record["Name"] for record in tagged(records, {"k": "v"})] == ["b"]
    assert len(tagged(records, {})) == 2
