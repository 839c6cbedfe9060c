"""Lineage: actions, artifacts, contexts, and the associations between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"


@pytest.fixture
def client(server: RunningServer) -> Any:
    return server.client("sagemaker")


def artifact(client: Any, uri: str, artifact_type: str = "DataSet", **members: Any) -> str:
    source = {"SourceUri": uri, **members.pop("Source", {})}
    arn: str = client.create_artifact(Source=source, ArtifactType=artifact_type, **members)["ArtifactArn"]
    return arn


def context(client: Any, name: str, **members: Any) -> str:
    arn: str = client.create_context(
        ContextName=name, Source={"SourceUri": f"urn:{name}"}, ContextType="Season", **members
    )["ContextArn"]
    return arn


def action(client: Any, name: str, **members: Any) -> str:
    arn: str = client.create_action(
        ActionName=name, Source={"SourceUri": f"urn:{name}", "SourceType": "run"}, ActionType="Sowing", **members
    )["ActionArn"]
    return arn


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_action_is_described_updated_and_deleted(client: Any) -> None:
    arn = action(client, "sow", Properties={"field": "north", "seed": "oat"}, Status="InProgress")
    assert arn == f"{PREFIX}:action/sow"

    client.update_action(ActionName="sow", Status="Completed", Description="sown", PropertiesToRemove=["seed"])

    sown = client.describe_action(ActionName=arn)
    assert (sown["ActionName"], sown["ActionType"], sown["Status"], sown["Description"]) == (
        *("sow", "Sowing", "Completed"),
        "sown",
    )
    assert sown["Properties"] == {"field": "north"}
    assert sown["LastModifiedTime"] > sown["CreationTime"]
    assert client.delete_action(ActionName="sow")["ActionArn"] == arn
    assert code_of(client.describe_action, ActionName="sow") == "ResourceNotFound"


def test_update_replaces_the_properties(client: Any) -> None:
    context(client, "spring_1", Properties={"rain": "much"})
    client.update_context(
        ContextName="spring_1", Properties={"frost": "late", "hail": "none"}, PropertiesToRemove=["hail"]
    )
    assert client.describe_context(ContextName="spring_1")["Properties"] == {"frost": "late"}


def test_names_of_actions_and_contexts_are_unique(client: Any) -> None:
    context(client, "twice")
    action(client, "twice")
    assert code_of(context, client=client, name="twice") == "ValidationException"
    assert code_of(action, client=client, name="twice") == "ValidationException"


def test_artifact_is_known_by_its_source(client: Any) -> None:
    types = [{"SourceIdType": "S3ETag", "Value": "a"}, {"SourceIdType": "Custom", "Value": "b"}]
    plain = artifact(client, "s3://farm/oats", ArtifactName="oats")
    tagged = artifact(client, "s3://farm/oats", Source={"SourceTypes": types}, ArtifactName="oats")
    assert plain != tagged

    again = {"client": client, "uri": "s3://farm/oats", "artifact_type": "Model"}
    assert code_of(artifact, **again) == "ValidationException"
    assert code_of(artifact, **again, Source={"SourceTypes": types[::-1]}) == "ValidationException"

    client.update_artifact(ArtifactArn=plain, ArtifactName="wild-oats", Properties={"sort": "wild"})
    described = client.describe_artifact(ArtifactArn=plain)
    assert (described["ArtifactName"], described["Properties"]) == ("wild-oats", {"sort": "wild"})
    assert client.delete_artifact(Source={"SourceUri": "s3://farm/oats"})["ArtifactArn"] == plain
    assert client.delete_artifact(ArtifactArn=tagged)["ArtifactArn"] == tagged
    assert code_of(client.delete_artifact) == "ValidationException"
    assert client.list_artifacts(SourceUri="s3://farm/oats")["ArtifactSummaries"] == []


@pytest.mark.parametrize(
    ("operation", "request_of"),
    [
        ("describe_action", {"ActionName": "nobody"}),
        ("update_action", {"ActionName": "nobody"}),
        ("delete_action", {"ActionName": "nobody"}),
        ("describe_context", {"ContextName": "nobody"}),
        ("update_context", {"ContextName": "nobody"}),
        ("delete_context", {"ContextName": "nobody"}),
        ("describe_artifact", {"ArtifactArn": f"{PREFIX}:artifact/nobody"}),
        ("update_artifact", {"ArtifactArn": f"{PREFIX}:artifact/nobody"}),
        ("delete_artifact", {"Source": {"SourceUri": "s3://nobody"}}),
        ("delete_association", {"SourceArn": f"{PREFIX}:action/a", "DestinationArn": f"{PREFIX}:action/b"}),
        ("add_association", {"SourceArn": f"{PREFIX}:action/a", "DestinationArn": f"{PREFIX}:action/b"}),
    ],
)
def test_missing_entity_is_not_found(client: Any, operation: str, request_of: dict[str, Any]) -> None:
    assert code_of(getattr(client, operation), **request_of) == "ResourceNotFound"


def test_arn_of_another_kind_is_not_found(client: Any) -> None:
    arn = context(client, "only-a-context")
    action(client, "only-a-context")
    assert code_of(client.describe_action, ActionName=arn) == "ResourceNotFound"


def test_lists_are_filtered_sorted_and_cut_into_pages_of_ten(client: Any) -> None:
    for number in range(12):
        artifact(client, f"s3://barn/{number:02}", "Bale", ArtifactName=f"bale-{11 - number}")
    first = client.list_artifacts(ArtifactType="Bale")
    rest = client.list_artifacts(ArtifactType="Bale", NextToken=first["NextToken"])
    uris = [each["Source"]["SourceUri"] for each in first["ArtifactSummaries"] + rest["ArtifactSummaries"]]
    assert uris == [f"s3://barn/{number:02}" for number in range(11, -1, -1)]
    assert (len(first["ArtifactSummaries"]), "NextToken" in rest) == (10, False)

    for name in ("b", "c", "a"):
        action(client, name, Status="Failed")
    listed = client.list_actions(ActionType="Sowing", SortBy="Name", SortOrder="Ascending")["ActionSummaries"]
    assert [each["ActionName"] for each in listed if each.get("Status") == "Failed"] == ["a", "b", "c"]
    created = client.describe_action(ActionName="c")["CreationTime"]
    at_once = client.list_actions(CreatedAfter=created, CreatedBefore=created)["ActionSummaries"]
    assert "c" in [each["ActionName"] for each in at_once]
    assert client.list_contexts(CreatedAfter=datetime.now(UTC) + timedelta(hours=1))["ContextSummaries"] == []


def test_association_connects_two_entities(client: Any) -> None:
    grain, mill = artifact(client, "s3://mill/grain", ArtifactName="grain"), action(client, "mill")
    flour = artifact(client, "s3://mill/flour", "Flour")
    ends = {"SourceArn": grain, "DestinationArn": mill}
    answer = client.add_association(**ends, AssociationType="ContributedTo")
    assert {name: answer[name] for name in ends} == ends
    client.add_association(SourceArn=mill, DestinationArn=flour)
    assert code_of(client.add_association, **ends, AssociationType="Produced") == "ValidationException"

    client.update_artifact(ArtifactArn=grain, ArtifactName="rye")
    (into_mill,) = client.list_associations(DestinationArn=mill, SourceType="DataSet")["AssociationSummaries"]
    assert {name: value for name, value in into_mill.items() if name not in ("CreationTime", "CreatedBy")} == {
        **ends,
        "AssociationType": "ContributedTo",
        "SourceType": "DataSet",
        "DestinationType": "Sowing",
        "SourceName": "rye",
        "DestinationName": "mill",
    }
    (out_of_mill,) = client.list_associations(SourceArn=mill)["AssociationSummaries"]
    assert "DestinationName" not in out_of_mill
    assert client.list_associations(DestinationArn=mill, AssociationType="SameAs")["AssociationSummaries"] == []

    assert code_of(client.delete_action, ActionName="mill") == "ValidationException"
    client.delete_association(**ends)
    client.delete_association(SourceArn=mill, DestinationArn=flour)
    client.delete_action(ActionName="mill")


def test_entity_has_tags_until_it_is_deleted(client: Any) -> None:
    tags = [{"Key": "farm", "Value": "low"}]
    arn = context(client, "tagged", Tags=tags)
    assert client.list_tags(ResourceArn=arn)["Tags"] == tags
    client.delete_context(ContextName="tagged")
    assert code_of(client.list_tags, ResourceArn=arn) == "ResourceNotFound"
    assert client.list_tags(ResourceArn=context(client, "tagged"))["Tags"] == []


def test_lineage_is_not_queried(client: Any) -> None:
    with pytest.raises(ClientError, match="sagemaker:QueryLineage"):
        client.query_lineage(StartArns=[f"{PREFIX}:artifact/a"])
