"""Cleanup steps delete what upstream steps have written, and say what they could not delete."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.pipelines.definition import parse_definition
from local_aws.services.sagemaker.pipelines.errors import CallRefusedError, DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import Scope
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.pipelines.steps.cleanup_step import CleanupStep
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    IMAGE,
    ROLE,
    definition,
    get,
    join,
    output_uri,
    parameter,
    processing,
    write_json,
)

ON_ANY = [{"Step": "Make", "Trigger": "Any"}]
CACHE: dict[str, Any] = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
OBJECT = join(output_uri("Make", "out"), "a.json", on="/")


def cleanup(*sources: tuple[str, list[Any] | None], **members: Any) -> dict[str, Any]:
    """Return a Cleanup step."""
    nodes = [{"StepName": name, **({} if uris is None else {"S3Uris": uris})} for name, uris in sources]
    return {"Name": "Clean", "Type": "Cleanup", "Arguments": {"Resources": {"S3": nodes}}, **members}


def make(code: str = "", **members: Any) -> dict[str, Any]:
    """Return a step that writes two objects."""
    files = "; ".join(write_json("out", f"{name}.json", 1) for name in "ab")
    return processing("Make", f"{files}; {code or 'pass'}", outputs=("out",), **members)


def training(**arguments: Any) -> dict[str, Any]:
    """Return a Training step that is not run."""
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "RoleArn": ROLE,
        **arguments,
    }
    return {"Name": "Train", "Type": "Training", "Arguments": arguments}


def outcomes(cleaned: tuple[str, ...] = (), failed: tuple[dict[str, str], ...] = (), skipped: tuple[str, ...] = ()):
    """Return the metadata of a Cleanup step."""
    return {"Cleanup": {"CleanedSteps": [*cleaned], "FailedSteps": [*failed], "SkippedSteps": [*skipped]}}


def keys(bench: Bench, steps: dict[str, dict[str, Any]]) -> list[str]:
    """Return the names of the objects that the step Make has left."""
    job = steps["Make"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    config = bench.client.describe_processing_job(ProcessingJobName=job)["ProcessingOutputConfig"]
    prefix = config["Outputs"][0]["S3Output"]["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    answer = bench.server.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"].rpartition("/")[2] for item in answer.get("Contents", ())]


def test_named_objects_are_deleted_and_no_others(bench: Bench):
    status, steps = bench.run("cleanup-objects", definition(make(), cleanup(("Make", [OBJECT]))))

    assert (status, list(steps)) == ("Succeeded", ["Make", "Clean"])
    assert steps["Clean"]["Metadata"] == outcomes(cleaned=("Make",))
    assert keys(bench, steps) == ["b.json"]


def test_object_of_somebody_else_is_not_deleted(bench: Bench):
    uri = bench.put("elsewhere/a.json", b"1")
    uris = [OBJECT, get("Parameters.Uri")]
    text = definition(make(), cleanup(("Make", uris)), parameters=(parameter("Uri"),))
    status, steps = bench.run("cleanup-elsewhere", text, Uri=uri)

    reason = steps["Clean"]["FailureReason"]
    assert status == "Failed"
    assert reason.startswith(f"step Make: ClientError: {uri!r} is not the URI of an object under the step's output")
    failure = {"StepName": "Make", "ErrorCode": "ClientError", "ErrorMessage": reason.removeprefix("step Make: ")}
    assert steps["Clean"]["Metadata"] == outcomes(failed=(failure,))
    assert (bench.read(uri), keys(bench, steps)) == (b"1", ["a.json", "b.json"])


def test_refused_deletion_fails_the_step_with_its_reason(bench: Bench):
    s3 = bench.server.client("s3")
    s3.create_bucket(Bucket="cleanup-gone")
    step = processing("Make", write_json("out", "a.json", 1), outputs=("out",))
    step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = "s3://cleanup-gone/out"
    drop = (
        "import boto3; s3 = boto3.client('s3'); s3.delete_object(Bucket='cleanup-gone', Key='out/a.json'); "
        "s3.delete_bucket(Bucket='cleanup-gone')"
    )
    text = definition(
        step,
        processing("Drop", drop, DependsOn=["Make"]),
        cleanup(("Make", ["s3://cleanup-gone/out/a.json"]), DependsOn=["Drop"]),
    )
    status, steps = bench.run("cleanup-refused", text)

    assert status == "Failed"
    assert steps["Clean"]["FailureReason"] == (
        "step Make: ClientError: Failed to invoke s3:DeleteObject. Error Details: The specified bucket does not exist"
    )
    assert steps["Clean"]["Metadata"]["Cleanup"]["FailedSteps"][0]["ErrorCode"] == "ClientError"


def test_failed_source_is_skipped_after_any_end(bench: Bench):
    text = definition(make("raise SystemExit(3)"), cleanup(("Make", [OBJECT]), DependsOn=ON_ANY))
    status, steps = bench.run("cleanup-any", text)

    assert status == "CompletedWithFailures"
    assert [step["StepStatus"] for step in steps.values()] == ["Failed", "Succeeded"]
    assert steps["Clean"]["Metadata"] == outcomes(skipped=("Make",))


def test_cleaned_run_is_not_taken_from_the_cache(bench: Bench):
    """Neither the run that has done the work, nor when one that was cached has been cleaned up."""
    text = definition(make(**CACHE), cleanup(("Make", [OBJECT])))
    bench.create("cleanup-cache", definition(make(**CACHE)))
    first = bench.start("cleanup-cache")
    assert bench.finish(first) == "Succeeded"
    bench.client.update_pipeline(PipelineName="cleanup-cache", PipelineDefinition=text, RoleArn=ROLE)
    hits = []
    for _ in range(2):
        arn = bench.start("cleanup-cache")
        assert bench.finish(arn) == "Succeeded"
        hits.append(bench.steps(arn)["Make"].get("CacheHitResult"))

    assert hits == [{"SourcePipelineExecutionArn": first}, None]


class Deleting:
    """Runs a Cleanup step on steps that have ended, without a server."""

    def __init__(self, refusals: dict[str, AwsError] | None = None) -> None:
        self.deleted: list[str] = []
        self.forgotten: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self._refusals = refusals or {}

    def _call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("s3", "DeleteObject")
        if error := self._refusals.get(request["Key"]):
            raise CallRefusedError("s3:DeleteObject", error)
        self.deleted.append(f"s3://{request['Bucket']}/{request['Key']}")
        return {}

    def run(self, step: dict[str, Any], properties: dict[str, Any]) -> Result:
        """Run a step."""
        scope = Scope({}, {}, properties, {}, lambda uri: b"")
        attempt = Attempt(
            "Clean",
            "arn",
            CleanupStep().resolve(step["Arguments"], scope),
            self._call,
            Work("sagemaker"),
            StopSignal(),
            cast(Any, None),
            self.metadata.append,
            self.forgotten.append,
            cast(Any, None),
        )
        return CleanupStep().run(attempt)


TRAINED = {"ModelArtifacts": {"S3ModelArtifacts": "s3://b/models/job/output/model.tar.gz"}}
SCORED = {"TransformOutput": {"S3OutputPath": "s3://b/scores/"}}
SOURCES = (("Train", None), ("Lost", None), ("Score", ["s3://b/scores/rows.csv.out"]))


def test_model_of_a_training_and_files_of_a_transform_are_deleted():
    deleting = Deleting()
    result = deleting.run(cleanup(*SOURCES), {"Train": TRAINED, "Score": SCORED})

    assert deleting.deleted == ["s3://b/models/job/output/model.tar.gz", "s3://b/scores/rows.csv.out"]
    assert deleting.forgotten == ["Train", "Score"]
    assert result.metadata == outcomes(cleaned=("Train", "Score"), skipped=("Lost",))


@pytest.mark.parametrize(("status", "code"), [(403, "ClientError"), (500, "InternalFailure")])
def test_source_that_cannot_be_deleted_fails_the_step_after_the_others(status: int, code: str):
    deleting = Deleting({"models/job/output/model.tar.gz": AwsError("AccessDenied", "Access Denied", status)})
    with pytest.raises(StepFailedError) as caught:
        deleting.run(cleanup(*SOURCES), {"Train": TRAINED, "Score": SCORED})

    reason = "ClientError: Failed to invoke s3:DeleteObject. Error Details: Access Denied"
    assert caught.value.reason == f"step Train: {reason}"
    assert deleting.deleted == ["s3://b/scores/rows.csv.out"]
    failure = {"StepName": "Train", "ErrorCode": code, "ErrorMessage": reason}
    assert deleting.metadata == [outcomes(("Score",), (failure,), ("Lost",))]


@pytest.mark.parametrize("uri", ["s3://b/scores", "s3://b/scores/", "s3://b/scores2/x", "s3://c/scores/x", "x", 1])
def test_only_objects_under_the_output_location_are_deleted(uri: Any):
    deleting = Deleting()
    step = cleanup(("Score", [uri, "s3://b/scores/x"]))
    with pytest.raises(StepFailedError, match=r"is not the URI of an object under the step's output locations"):
        deleting.run(step, {"Score": SCORED})
    assert (deleting.deleted, deleting.forgotten) == ([], [])


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((make(), cleanup(("Other", [OBJECT]))), "depends on step 'Other', which is not in the definition"),
        ((make(), cleanup(("Make", None))), "names the objects in S3Uris"),
        ((make(), cleanup(("Make", []))), "at least one URI"),
        ((make(), cleanup(("Make", [f"s3://{BUCKET}"]))), "exact URIs of objects"),
        ((make(), cleanup(("Make", [f"s3://{BUCKET}/folder/"]))), "exact URIs of objects"),
        ((make(), cleanup()), "a list of sources"),
        ((training(), cleanup(("Train", [f"s3://{BUCKET}/m"]))), "finds the outputs of 'Train'.*remove S3Uris"),
        ((training(VpcConfig={"Subnets": ["s"], "SecurityGroupIds": ["g"]}), cleanup(("Train", None))), "VpcConfig"),
        (
            ({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": ""}}, cleanup(("Stop", None))),
            "cannot delete the outputs of 'Stop', a step of type Fail",
        ),
        (
            (make(), cleanup(("Make", [OBJECT])), processing("B", environment={"A": get("Steps.Clean.Cleanup")})),
            "no properties",
        ),
        ((make(), cleanup(("Make", [OBJECT]), **CACHE)), "not cached"),
    ],
)
def test_ill_formed_cleanup_is_refused(steps, reason):
    with pytest.raises(DefinitionError, match=reason):
        build_graph(parse_definition(definition(*steps), STEP_TYPES))


def test_processing_step_in_a_vpc_is_refused(bench: Bench):
    step = make()
    step["Arguments"]["NetworkConfig"] = {"VpcConfig": {"Subnets": ["s"], "SecurityGroupIds": ["g"]}}
    with pytest.raises(ClientError, match=r"step 'Clean': .* which sets a VpcConfig"):
        bench.create("cleanup-vpc", definition(step, cleanup(("Make", [OBJECT]))))


def test_sources_are_dependencies():
    graph = build_graph(parse_definition(definition(cleanup(("Train", None)), training()), STEP_TYPES))
    assert graph.dependencies["Clean"] == {"Train"}
