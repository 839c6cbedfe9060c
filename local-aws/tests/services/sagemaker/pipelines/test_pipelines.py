import json

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import BUCKET, ROLE, SLEEP, definition, fail, processing

ONE = definition(processing("A"))
TWO = definition(processing("A"), processing("B", DependsOn=["A"]))


def test_pipeline_is_described_as_it_was_created(bench: Bench):
    arn = bench.create(
        "described",
        ONE,
        PipelineDisplayName="Described",
        PipelineDescription="Does nothing",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
        Tags=[{"Key": "Stack", "Value": "tests"}],
    )
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:pipeline/described"
    for name in ("described", arn):
        pipeline = bench.client.describe_pipeline(PipelineName=name)
        assert pipeline["PipelineDefinition"] == ONE
        assert pipeline["PipelineDisplayName"] == "Described"
        assert pipeline["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
        assert (pipeline["PipelineStatus"], pipeline["RoleArn"]) == ("Active", ROLE)
    assert bench.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "Stack", "Value": "tests"}]


def test_taken_name_is_refused_unless_the_request_is_repeated(bench: Bench):
    token = "t" * 32
    bench.create("once", ONE, ClientRequestToken=token)
    bench.create("once", ONE, ClientRequestToken=token)
    code, message = refused(bench.client.create_pipeline, PipelineName="once", PipelineDefinition=ONE, RoleArn=ROLE)
    assert code == "ValidationException"
    assert "Pipeline names must be unique within an AWS account and region" in message


def test_unsupported_definition_is_refused_at_creation(bench: Bench):
    bad = definition({"Name": "T", "Type": "EMR", "Arguments": {}})
    code, message = refused(bench.client.create_pipeline, PipelineName="bad", PipelineDefinition=bad, RoleArn=ROLE)
    assert code == "ValidationException"
    assert message.startswith(
        "Unable to parse pipeline definition. step 'T': local_aws does not support step type 'EMR'"
    )
    circle = definition(processing("A", DependsOn=["A"]))
    assert refused(bench.client.create_pipeline, PipelineName="bad", PipelineDefinition=circle, RoleArn=ROLE)[0] == code
    assert refused(bench.client.describe_pipeline, PipelineName="bad")[0] == "ResourceNotFound"


def test_update_changes_the_members_that_it_names(bench: Bench):
    bench.create("updated", ONE, PipelineDescription="first")
    bench.client.update_pipeline(PipelineName="updated", PipelineDefinition=TWO)
    pipeline = bench.client.describe_pipeline(PipelineName="updated")
    assert (pipeline["PipelineDefinition"], pipeline["PipelineDescription"]) == (TWO, "first")
    assert refused(bench.client.update_pipeline, PipelineName="updated", PipelineDefinition="{")[0] == (
        "ValidationException"
    )
    assert bench.client.describe_pipeline(PipelineName="updated")["PipelineDefinition"] == TWO
    assert refused(bench.client.update_pipeline, PipelineName="absent")[0] == "ResourceNotFound"


def test_definition_can_be_in_s3(bench: Bench):
    bench.put("definition.json", ONE.encode())
    place = {"Bucket": BUCKET, "ObjectKey": "definition.json"}
    bench.client.create_pipeline(PipelineName="in-s3", PipelineDefinitionS3Location=place, RoleArn=ROLE)
    assert bench.client.describe_pipeline(PipelineName="in-s3")["PipelineDefinition"] == ONE
    both = {"PipelineName": "x", "PipelineDefinitionS3Location": place, "PipelineDefinition": ONE, "RoleArn": ROLE}
    assert refused(bench.client.create_pipeline, **both)[0] == "ValidationException"
    place["ObjectKey"] = "absent.json"
    absent = {"PipelineName": "x", "PipelineDefinitionS3Location": place, "RoleArn": ROLE}
    assert refused(bench.client.create_pipeline, **absent)[0] == "ResourceNotFound"


def test_pipelines_are_listed_by_name_prefix_newest_first(bench: Bench):
    for name in ("listed-b", "listed-c", "listed-a"):
        bench.create(name, ONE)

    def names(**request):
        answer = bench.client.list_pipelines(PipelineNamePrefix="listed", **request)
        return [pipeline["PipelineName"] for pipeline in answer["PipelineSummaries"]], answer.get("NextToken")

    assert names() == (["listed-a", "listed-c", "listed-b"], None)
    assert names(SortBy="Name", SortOrder="Ascending") == (["listed-a", "listed-b", "listed-c"], None)
    first, token = names(MaxResults=2)
    assert first + names(NextToken=token, MaxResults=2)[0] == ["listed-a", "listed-c", "listed-b"]
    created = bench.client.describe_pipeline(PipelineName="listed-c")["CreationTime"]
    assert names(CreatedAfter=created)[0] == ["listed-a"]


def test_deleted_pipeline_takes_its_executions_with_it(bench: Bench):
    pipeline_arn = bench.create("deleted", definition(fail("F")))
    execution_arn = bench.start("deleted", ClientRequestToken="d" * 32)
    bench.finish(execution_arn)
    bench.client.delete_pipeline(PipelineName="deleted")
    assert refused(bench.client.describe_pipeline, PipelineName="deleted")[0] == "ResourceNotFound"
    assert (
        refused(bench.client.describe_pipeline_execution, PipelineExecutionArn=execution_arn)[0] == "ResourceNotFound"
    )
    assert refused(bench.client.list_tags, ResourceArn=pipeline_arn)[0] == "ResourceNotFound"
    bench.create("deleted", definition(fail("F")))
    assert bench.client.list_pipeline_executions(PipelineName="deleted")["PipelineExecutionSummaries"] == []
    assert bench.start("deleted", ClientRequestToken="d" * 32) != execution_arn


def test_running_pipeline_is_not_deleted(bench: Bench):
    bench.create("busy", definition(processing("A", SLEEP)))
    arn = bench.start("busy")
    assert refused(bench.client.delete_pipeline, PipelineName="busy")[0] == "ConflictException"
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    bench.finish(arn)
    bench.client.delete_pipeline(PipelineName="busy")


def test_text_of_a_definition_is_kept_byte_for_byte(bench: Bench):
    text = json.dumps(json.loads(ONE), indent=3)
    bench.create("verbatim", text)
    assert bench.client.describe_pipeline(PipelineName="verbatim")["PipelineDefinition"] == text
