"""Versions of a pipeline: each change of its definition is one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import definition, fail, processing

FIRST, SECOND = definition(processing("A")), definition(fail("B"))


def versions(bench: Bench, name: str, **request: Any) -> list[int]:
    answer = bench.client.list_pipeline_versions(PipelineName=name, **request)
    return [version["PipelineVersionId"] for version in answer["PipelineVersionSummaries"]]


def test_another_definition_is_a_new_version_and_the_same_is_not(bench: Bench):
    arn = bench.create("counted", FIRST)
    update = bench.client.update_pipeline
    assert update(PipelineName="counted", PipelineDefinition=FIRST)["PipelineVersionId"] == 1
    assert update(PipelineName="counted", PipelineDescription="same steps")["PipelineVersionId"] == 1
    assert update(PipelineName="counted", PipelineDefinition=SECOND)["PipelineVersionId"] == 2
    assert update(PipelineName="counted", PipelineDefinition=FIRST)["PipelineVersionId"] == 3
    assert versions(bench, "counted") == versions(bench, arn) == [3, 2, 1]
    assert versions(bench, "counted", SortOrder="Ascending") == [1, 2, 3]
    assert versions(bench, "counted", MaxResults=1) == [3]


def test_version_is_described_and_run(bench: Bench):
    bench.create("chosen", FIRST)
    bench.client.update_pipeline(PipelineName="chosen", PipelineDefinition=SECOND)
    describe = bench.client.describe_pipeline
    assert describe(PipelineName="chosen")["PipelineDefinition"] == SECOND
    assert describe(PipelineName="chosen", PipelineVersionId=1)["PipelineDefinition"] == FIRST
    old, new = bench.start("chosen", PipelineVersionId=1), bench.start("chosen")
    assert (bench.finish(old), bench.finish(new)) == ("Succeeded", "Failed")
    for number, arn, text in ((1, old, FIRST), (2, new, SECOND)):
        execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert execution["PipelineVersionId"] == number
        shown = bench.client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        assert shown["PipelineDefinition"] == text
    summaries = bench.client.list_pipeline_versions(PipelineName="chosen")["PipelineVersionSummaries"]
    assert [summary["LastExecutionPipelineExecutionArn"] for summary in summaries] == [new, old]


def test_version_has_a_name_and_a_description_of_its_own(bench: Bench):
    arn = bench.create("named", FIRST)
    bench.client.update_pipeline(PipelineName="named", PipelineDefinition=SECOND)
    names = {"PipelineVersionDisplayName": "baseline", "PipelineVersionDescription": "what we began with"}
    answer = bench.client.update_pipeline_version(PipelineArn=arn, PipelineVersionId=1, **names)
    assert (answer["PipelineArn"], answer["PipelineVersionId"]) == (arn, 1)
    first = bench.client.describe_pipeline(PipelineName="named", PipelineVersionId=1)
    assert {member: first[member] for member in names} == names
    assert "PipelineVersionDisplayName" not in bench.client.describe_pipeline(PipelineName="named")
    _, oldest = bench.client.list_pipeline_versions(PipelineName="named")["PipelineVersionSummaries"]
    assert oldest["PipelineVersionDisplayName"] == "baseline"


def test_unknown_version_is_not_found(bench: Bench):
    arn = bench.create("one-version", FIRST)
    client, absent = bench.client, {"PipelineVersionId": 2}
    for call, request in (
        (client.describe_pipeline, {"PipelineName": "one-version"}),
        (client.start_pipeline_execution, {"PipelineName": "one-version"}),
        (client.update_pipeline_version, {"PipelineArn": arn}),
        (client.list_pipeline_versions, {"PipelineName": "nobody"}),
    ):
        members = {} if call == client.list_pipeline_versions else absent
        assert refused(call, **request, **members)[0] == "ResourceNotFound"


def test_versions_go_with_their_pipeline(bench: Bench):
    bench.create("gone", FIRST)
    bench.client.update_pipeline(PipelineName="gone", PipelineDefinition=SECOND)
    bench.client.delete_pipeline(PipelineName="gone")
    bench.create("gone", FIRST)
    assert versions(bench, "gone") == [1]


@pytest.mark.parametrize("operation", ["describe_pipeline", "start_pipeline_execution"])
def test_aliases_are_refused(bench: Bench, operation: str):
    call = getattr(bench.client, operation)
    code, message = refused(call, PipelineName="any", PipelineVersionAlias="a")
    assert (code, "PipelineVersionAlias" in message) == ("ValidationException", True)
