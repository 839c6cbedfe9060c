"""``playgrounds doctor --account``: what an account brings along, before anything is deployed to it."""

from __future__ import annotations

import pytest

from console.main import main
from infrastructure.names import Names
from tests.servers import running

pytestmark = pytest.mark.usefixtures("aws")

QUOTAS = "*.xlarge for training job usage=0, * for processing job usage=0, ml.m5.large for * usage=1"
QUOTAS += ", ml.m5.large for processing job usage=0, ml.m5.large for transform job usage=0"
TEMPLATE = """
Parameters: {ConnectionArn: {Type: String}}
Resources: {Queue: {Type: AWS::SQS::Queue}}
"""
TRUST = """
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
"""


def levels(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> dict[str, tuple[str, str]]:
    """Run the command; return the level and the detail of each finding by its subject."""
    assert main(["doctor", "--account", *arguments]) == code
    lines = [line for line in capsys.readouterr().out.splitlines() if line[:5].strip() in ("ok", "warn", "fail")]
    return {line[6:50].strip(): (line[:5].strip(), line[51:]) for line in lines}


def test_new_account_is_ready(capsys):
    found = levels(capsys, code=0)

    assert {level for level, _ in found.values()} == {"ok"}
    assert found["quota transform job"] == ("ok", "ml.m5.large: 1000")
    assert found["stack playgrounds-bootstrap"] == ("ok", "does not exist: 'playgrounds deploy' creates it")
    assert found["database default"] == ("ok", "does not exist: the first query of Athena creates it")
    assert found["Lake Formation"][1] == "leaves new databases and tables to IAM"
    assert found["Lambda concurrency"] == ("ok", "1000 unreserved")
    assert found["names"][1].endswith("names are free or the deployment's own")


def test_names_that_others_have_are_failures(server, capsys):
    names = Names("taken-", server.client("sts").get_caller_identity()["Account"], "us-east-1")
    server.client("s3").create_bucket(Bucket=names.raw_bucket)
    server.client("iam").create_role(RoleName=names.sagemaker_role, AssumeRolePolicyDocument=TRUST)
    server.client("glue").create_database(DatabaseInput={"Name": names.database})
    server.client("sqs").create_queue(QueueName=names.deployments_queue)
    server.client("logs").create_log_group(logGroupName=names.log_groups[0])
    server.client("sagemaker").create_model_package_group(ModelPackageGroupName=names.pipeline)

    found = levels(capsys, "--prefix", names.prefix, code=1)

    failures = {subject[:44] for subject, (level, _) in found.items() if level == "fail"}
    assert failures == {
        subject[:44]
        for subject in (
            f"bucket {names.raw_bucket}",
            f"role {names.sagemaker_role}",
            f"database {names.database}",
            f"queue {names.deployments_queue}",
            f"log group {names.log_groups[0]}",
            f"package group {names.pipeline}",
        )
    }
    assert found[f"role {names.sagemaker_role}"][1].startswith("exists, and does not belong to this deployment")


def test_stack_of_another_version_and_its_pending_connection(server, capsys):
    arn = server.client("codeconnections").create_connection(ConnectionName="mine", ProviderType="GitHub")
    cloudformation = server.client("cloudformation")
    parameters = [{"ParameterKey": "ConnectionArn", "ParameterValue": arn["ConnectionArn"]}]
    name = "old-playgrounds-bootstrap"
    cloudformation.create_stack(StackName=name, TemplateBody=TEMPLATE, Parameters=parameters)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    found = levels(capsys, "--prefix", "old-", code=1)

    assert found[f"stack {name}"][0] == "warn"
    assert "'playgrounds deploy --update-bootstrap' updates it" in found[f"stack {name}"][1]
    (connection,) = (value for subject, value in found.items() if subject.startswith("connection "))
    assert connection[0] == "fail"
    assert "PENDING: complete it in the console" in connection[1]


def test_quotas_of_a_new_account(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOCAL_AWS_QUOTAS", QUOTAS)
    with running(tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        found = levels(capsys, code=1)

    level, detail = found["quota processing job"]
    assert level == "fail"
    assert "'ml.m5.large for processing job usage' is 0" in detail
    assert "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-" in detail
    assert found["quota training job"] == ("ok", "ml.m5.large: 1")
    taken = "ml.m5.xlarge: 1000, for ml.m5.large is not allowed: 'playgrounds deploy' takes it"
    assert found["quota transform job"] == ("ok", taken)
    assert found["quota endpoint"][0] == "warn"
    assert found["quota endpoint"][1].startswith("ml.m5.large: 1; up to 2 are used at once: aws service-quotas")
