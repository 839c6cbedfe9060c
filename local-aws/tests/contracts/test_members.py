"""Members that are not honoured are refused by name."""

from typing import Any

import pytest

from local_aws.contracts.members import Members
from local_aws.kernel.errors import AwsError

JOB = Members(
    ("Name", "Input.S3", "Inputs.Mode", "Inputs.Uri", "Output"), values={"Inputs.Mode": ("File",), "Version": (1, 2)}
)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"Name": "a", "Input": {"S3": {"anything": 1}}, "Output": {"x": {"y": 1}}},
        {"Vpc": None, "Tags": [], "Network": {}, "Isolated": False},
        {"Inputs": [{"Mode": "File"}, {"Uri": "s3://b"}], "Input": {"Efs": None}},
    ],
)
def test_honoured_and_empty_members_pass(request_: dict[str, Any]) -> None:
    JOB.check(request_, "CreateJob")


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"Vpc": {"Id": "v"}}, "Vpc"),
        ({"Input": {"Efs": "x"}, "Zone": "a"}, "Input.Efs, Zone"),
        ({"Inputs": [{"Mode": "File"}, {"Key": "k"}]}, "Inputs[1].Key"),
        ({"Inputs": [{"Mode": "Pipe"}]}, "Inputs[0].Mode 'Pipe' (supported: File)"),
    ],
)
def test_other_members_are_named(request_: dict[str, Any], named: str) -> None:
    with pytest.raises(AwsError) as refused:
        JOB.check(request_, "CreateJob", "Invalid", 422)
    assert refused.value.message == f"local_aws does not support {named} of CreateJob; remove it to run here"
    assert (refused.value.code, refused.value.status) == ("Invalid", 422)


def test_refused_members_need_no_list_of_the_honoured_ones() -> None:
    members = Members(refused=("Schedule", "Targets.Jdbc"))
    members.check({"Name": "a", "Targets": {"S3": [{"Path": "x"}], "Jdbc": []}}, "CreateCrawler")
    with pytest.raises(AwsError, match=r"support Schedule, Targets\.Jdbc of CreateCrawler"):
        members.check({"Schedule": "cron()", "Targets": {"Jdbc": [{}]}}, "CreateCrawler")


def test_empty_members_count_where_their_presence_asks_for_something() -> None:
    bucket = Members(("Name", "Rules.Id"), empty_counts=True)
    bucket.check({"Name": "", "Rules": [{"Id": None}]}, "a bucket")
    with pytest.raises(AwsError, match=r"support Logging, Rules\[0\]\.Filter of a bucket"):
        bucket.check({"Logging": {}, "Rules": [{"Filter": []}]}, "a bucket")
