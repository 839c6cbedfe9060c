"""The front: who may ask, for what, and what happens with all the rest."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.errors import AwsError
from local_aws.server import DataFolderInUseError, Server
from tests.clients import client_of


def answers(context) -> Service:
    """A service whose handlers answer well, ill, with an error and not at all."""

    def fail(request: dict) -> dict:
        raise AwsError("ResourceNotFound", f"no pipeline {request['PipelineName']}")

    def crash(request: dict) -> dict:
        raise ZeroDivisionError("a bug")

    return Service(
        operations(
            "sagemaker",
            {
                "ListModels": lambda request: {"Models": []},
                "ListEndpoints": lambda request: {"Endpoints": "not a list"},
                "DescribePipeline": fail,
                "DescribeModel": crash,
                "CreateEndpoint": lambda request: {"EndpointArn": "a" * 30},
            },
        )
    )


@pytest.fixture
def server(run_server, tmp_path: Path):
    with run_server(tmp_path, (answers,)) as server:
        yield server


def error_of(call, **request) -> dict:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


def test_an_owned_operation_is_answered(server) -> None:
    assert server.client("sagemaker").list_models()["Models"] == []


def test_an_error_keeps_code_and_message(server) -> None:
    response = error_of(server.client("sagemaker").describe_pipeline, PipelineName="x")
    assert response["Error"] == {"Code": "ResourceNotFound", "Message": "no pipeline x"}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("operation", "request_members", "part"),
    [("list_endpoints", {}, "ill-formed answer"), ("describe_model", {"ModelName": "m"}, "ZeroDivisionError")],
)
def test_a_fault_of_ours_is_said_to_be_ours(server, operation: str, request_members: dict, part: str) -> None:
    response = error_of(getattr(server.client("sagemaker"), operation), **request_members)
    assert response["Error"]["Code"] == "InternalFailure"
    assert part in response["Error"]["Message"]


def test_requests_are_held_against_the_model(server) -> None:
    client = server.client("sagemaker", parameter_validation=False)
    missing = error_of(client.create_endpoint, EndpointName="e")
    assert "endpointConfigName" in missing["Error"]["Message"]
    pattern = error_of(client.create_endpoint, EndpointName="under_score", EndpointConfigName="c")
    assert pattern["Error"]["Code"] == "ValidationException"
    assert "Value 'under_score' at 'endpointName' failed to satisfy constraint" in pattern["Error"]["Message"]
    too_long = error_of(client.create_endpoint, EndpointName="e" * 64, EndpointConfigName="c")
    assert "length less than or equal to 63" in too_long["Error"]["Message"]
    enum = error_of(client.list_models, SortBy="Colour")
    assert "enum value set" in enum["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "request_members"),
    [
        ("sagemaker", "create_auto_ml_job_v2", {}),
        ("glue", "start_ml_evaluation_task_run", {"TransformId": "t"}),
        ("s3", "put_bucket_versioning", {"Bucket": "abc", "VersioningConfiguration": {"Status": "Enabled"}}),
        ("iam", "create_user", {"UserName": "u"}),
        ("lambda", "list_functions", {}),
        ("dynamodb", "list_tables", {}),
        ("sagemaker-featurestore-runtime", "put_record", {"FeatureGroupName": "f"}),
        ("stepfunctions", "list_state_machines", {}),
        ("emr", "list_clusters", {}),
        ("sesv2", "list_contact_lists", {}),
        ("elb", "describe_load_balancers", {}),
        ("elbv2", "describe_load_balancers", {}),
    ],
)
def test_what_nobody_does_is_refused_by_name(server, service: str, operation: str, request_members: dict) -> None:
    client = server.client(service, parameter_validation=False)
    response = error_of(getattr(client, operation), **request_members)
    assert response["Error"]["Code"] == "NotImplemented"
    assert f"{service}:{client.meta.method_to_api_mapping[operation]}" in response["Error"]["Message"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_another_region_is_refused_with_the_one_served(run_server, tmp_path: Path) -> None:
    with run_server(tmp_path, (answers,)) as server:
        client = client_of(server.environment | {"AWS_REGION": "eu-west-1"}, "sagemaker")
        assert "AWS_REGION=us-east-1" in error_of(client.list_models)["Error"]["Message"]


def test_an_unsigned_request_and_a_foreign_host_are_refused(server) -> None:
    for headers, code in (({}, "MissingAuthenticationTokenException"), ({"Host": "evil.example:80"}, "AccessDenied")):
        target = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
        request = urllib.request.Request(server.url, data=b"{}", headers={**target, **headers})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 403
        assert json.loads(caught.value.read())["__type"] == code


def test_an_operation_has_one_owner(run_server, tmp_path: Path) -> None:
    for pair in (("sagemaker", "ListModels"), ("s3", "GetObject")):
        second = lambda context, pair=pair: Service({pair: Operation(lambda request: {})})  # noqa: E731
        with pytest.raises(ValueError, match="two owners"), run_server(tmp_path / pair[1], (answers, second)):
            pass


def test_a_data_folder_has_one_server(run_server, tmp_path: Path) -> None:
    with run_server(tmp_path), pytest.raises(DataFolderInUseError, match="another server runs on"):
        Server(tmp_path, ())


def test_the_port_of_a_server_can_be_listened_on_again_at_once(run_server, tmp_path: Path) -> None:
    with run_server(tmp_path, (answers,)) as server:
        port = int(server.url.rpartition(":")[2])
        # The client keeps its connection, so it is the server that closes it and waits with it.
        client = server.client("sagemaker")
        client.list_models()

    Server(tmp_path, (answers,), port).stop()
    client.close()
