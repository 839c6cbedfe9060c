"""Lineage steps: entities, associations, properties, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import (
    ROLE,
    Node,
    compare,
    condition,
    definition,
    fail,
    get,
    parameter,
)

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"


def lineage(name: str = "Record", **arguments: Any) -> Node:
    return {"Name": name, "Type": "Lineage", "Arguments": arguments}


def action(name: Any, **members: Any) -> Node:
    return {"ActionName": name, "Source": {"SourceUri": "urn:run"}, "ActionType": "Training", **members}


def artifact(uri: Any, name: Any, **members: Any) -> Node:
    return {"ArtifactName": name, "Source": {"SourceUri": uri}, "ArtifactType": "Model", **members}


def context(name: Any) -> Node:
    return {"ContextName": name, "Source": {"SourceUri": "urn:season"}, "ContextType": "Season"}


def link(source: Node, destination: Node, **members: Any) -> Node:
    return {"Source": source, "Destination": destination, **members}


def named(name: Any, entity_type: str) -> Node:
    return {"Name": name, "Type": entity_type}


def test_step_creates_entities_and_their_associations(bench: Bench) -> None:
    season = bench.client.create_context(
        ContextName="before", Source={"SourceUri": "urn:before"}, ContextType="Season"
    )["ContextArn"]
    record = lineage(
        Actions=[action(get("Parameters.Run"), Properties={"rounds": "5"}, Tags=[{"Key": "a", "Value": "b"}])],
        Artifacts=[artifact("s3://lineage/model", "model")],
        Contexts=None,
        Associations=[
            link(named(get("Parameters.Run"), "Action"), named("model", "Artifact"), AssociationType="Produced"),
            link({"Arn": season}, named("run-1", "Action")),
        ],
    )
    is_run = compare("Equals", get("Steps.Record.ActionArns['run-1']"), f"{PREFIX}:action/run-1")
    text = definition(
        record, condition("IsRun", is_run, otherwise=(fail("Other"),)), parameters=(parameter("Run", default="run-1"),)
    )

    status, steps = bench.run("records-lineage", text)

    assert status == "Succeeded", steps
    run = f"{PREFIX}:action/run-1"
    metadata = steps["Record"]["Metadata"]["Lineage"]
    model = metadata["ArtifactArns"]["model"]
    assert metadata == {
        "ActionArns": {"run-1": run},
        "ArtifactArns": {"model": model},
        "Associations": [
            {"SourceArn": run, "DestinationArn": model},
            {"SourceArn": season, "DestinationArn": run},
        ],
    }
    assert bench.client.describe_action(ActionName=run)["Properties"] == {"rounds": "5"}
    assert bench.client.list_tags(ResourceArn=run)["Tags"] == [{"Key": "a", "Value": "b"}]
    (produced,) = bench.client.list_associations(DestinationArn=model)["AssociationSummaries"]
    assert (produced["SourceName"], produced["AssociationType"]) == ("run-1", "Produced")


def test_second_execution_uses_what_exists(bench: Bench) -> None:
    sources = [{"SourceUri": "s3://lineage/often", "SourceTypes": types} for types in ([], *_eleven_types())]
    for source in sources[1:]:
        bench.client.create_artifact(Source=source, ArtifactType="Model")
    record = lineage(
        Artifacts=[artifact("", "often", Source=sources[0])],
        Contexts=[context("harvest")],
        Associations=[link(named("often", "Artifact"), named("harvest", "Context"))],
    )
    first, steps = bench.run("again", definition(record))
    again = bench.start("again")

    assert (first, bench.finish(again)) == ("Succeeded", "Succeeded")
    assert bench.steps(again)["Record"]["Metadata"] == steps["Record"]["Metadata"]


def _eleven_types() -> list[list[dict[str, str]]]:
    return [[{"SourceIdType": "Custom", "Value": str(number)}] for number in range(11)]


def test_entities_are_created_as_the_pipelines_role(bench: Bench) -> None:
    status, _ = bench.run("as-role", definition(lineage(Contexts=[context("by-role")])))

    assert status == "Succeeded"
    lines = (bench.server.context.settings.data_dir / "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in lines if '"CreateContext"' in line and '"by-role"' in line]
    assert [call["principal"] for call in calls] == [ROLE]


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("lost-arn", {"Arn": f"{PREFIX}:context/lost"}, "ClientError: Failed to invoke sagemaker:AddAssociation."),
        ("lost-name", named("lost", "Context"), "ClientError: an association names the Context 'lost'"),
    ],
)
def test_association_without_its_end_fails_the_step(bench: Bench, name: str, source: Node, reason: str) -> None:
    record = lineage(Contexts=[context(get("Parameters.Name"))], Associations=[link(source, named("found", "Context"))])
    status, steps = bench.run(name, definition(record, parameters=(parameter("Name", default="found"),)))

    assert status == "Failed"
    assert steps["Record"]["FailureReason"].startswith(reason)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "at least one entity or association"),
        ({"Trials": []}, "a Lineage step takes Actions, Artifacts, Contexts, Associations, not Trials"),
        ({"Actions": {"ActionName": "a"}}, "Actions of a Lineage step is a list of objects"),
        ({"Contexts": [{"ContextName": "a"}]}, "an entry of Contexts: Model Validation failed: "),
        ({"Actions": [action("a", Status="Done")]}, "'Done' at Arguments.Status"),
        ({"Actions": [action("a"), action("a")]}, "two of Actions are named 'a'"),
        ({"Actions": [action(f"a{number}") for number in range(6)]}, "at most 5 Actions, not 6"),
        ({"Artifacts": [{"Source": {"SourceUri": "s3://a"}, "ArtifactType": "B"}]}, "without ArtifactName"),
        (
            {"Contexts": [context("a")], "Associations": [link(named("a", "Context"), named("a", "Action"))]},
            "the Action 'a', which the step does not create",
        ),
        ({"Associations": [link({"Name": "a"}, {"Arn": "b"})]}, "Source of an association takes Arn, or Name and Type"),
        ({"Associations": [link(named("a", "Trial"), {"Arn": "b"})]}, "one of Action, Artifact, Context, not 'Trial'"),
        ({"Associations": [link({"Arn": "a"}, {"Arn": "b"}, AssociationType="Near")]}, "'Near' at"),
        (
            {"Associations": [link({"Arn": get("Steps.First.ActionArns['a']")}, {"Arn": "b"})]},
            "cannot name what the Lineage step 'First' has created",
        ),
    ],
)
def test_arguments_are_checked_when_the_pipeline_is_created(
    bench: Bench, arguments: dict[str, Any], reason: str
) -> None:
    text = definition(lineage("First", Actions=[action("first")]), lineage("Record", **arguments))
    code, message = refused(bench.client.create_pipeline, PipelineName="refused", PipelineDefinition=text, RoleArn=ROLE)
    assert code == "ValidationException"
    assert reason in message
