"""What a killed server was making is removed by its name, generated or given, also where the stack's id is another."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_aws.builders import BUILDERS
from local_aws.kernel.context import Answer, Context, Request
from local_aws.services import cloudformation
from local_aws.services.cloudformation.operations import build_with
from local_aws.services.cloudformation.resource_type import (
    Declaration,
    PhysicalResource,
    Properties,
    ResourceType,
)
from local_aws.services.cloudformation.types import TYPES
from tests.conftest import RunningServer, running
from tests.services.cloudformation.types.documents import allow
from tests.services.sagemaker.pipelines.definitions import definition, fail
from tests.waiting import wait_until


class CutOff(ResourceType):
    """A type whose resources are made, and never said to be: the thread ends there, as that of a killed server."""

    def __init__(self, real: ResourceType) -> None:
        self.name = real.name
        self._real = real
        self.has_made = False

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        self._real.create(context, declaration)
        self.has_made = True
        raise SystemExit

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        raise NotImplementedError

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        raise NotImplementedError


def listed(server: RunningServer, type_name: str) -> list[Any]:
    """Return the resources of a type, but for Athena's own work group."""
    service, operation, member = LISTED[type_name]
    requests = {"ListPolicies": {"Scope": "Local"}, "DescribeBudgets": {"AccountId": "123456789012"}}
    found = server.context.call(service, operation, requests.get(operation, {})).get(member, [])
    return [each for each in found if not (isinstance(each, dict) and each.get("Name") == "primary")]


ROLE = "arn:aws:iam::123456789012:role/r"
DATABASE = {"CatalogId": "123456789012", "DatabaseInput": {}}
ALARM = {
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
}
BUDGET = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 5, "Unit": "USD"}}
POLICY = {"PolicyDocument": allow("s3:GetObject"), "Path": "/lab/"}
TRUST = {
    "AssumeRolePolicyDocument": {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"},
    }
}
CODE = {"Code": {"ZipFile": "def handler(event, context): pass"}, "Handler": "index.handler", "Runtime": "python3.12"}
JOB = {"Role": ROLE, "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k.py"}, "GlueVersion": "5.1"}
CRAWLER = {"Role": ROLE, "DatabaseName": "d", "Targets": {"S3Targets": [{"Path": "s3://b/k/"}]}}
PIPELINE = {
    "RoleArn": ROLE,
    "PipelineDefinition": {"PipelineDefinitionBody": definition(fail("F"))},
}
LISTED = {
    "AWS::Athena::WorkGroup": ("athena", "ListWorkGroups", "WorkGroups"),
    "AWS::Budgets::Budget": ("budgets", "DescribeBudgets", "Budgets"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "DescribeAlarms", "MetricAlarms"),
    "AWS::Events::Rule": ("events", "ListRules", "Rules"),
    "AWS::Glue::Crawler": ("glue", "GetCrawlers", "Crawlers"),
    "AWS::Glue::Database": ("glue", "GetDatabases", "DatabaseList"),
    "AWS::Glue::Job": ("glue", "GetJobs", "Jobs"),
    "AWS::Glue::Workflow": ("glue", "ListWorkflows", "Workflows"),
    "AWS::IAM::ManagedPolicy": ("iam", "ListPolicies", "Policies"),
    "AWS::IAM::Role": ("iam", "ListRoles", "Roles"),
    "AWS::Lambda::Function": ("lambda", "ListFunctions", "Functions"),
    "AWS::Logs::LogGroup": ("logs", "DescribeLogGroups", "logGroups"),
    "AWS::S3::Bucket": ("s3", "ListBuckets", "Buckets"),
    "AWS::SNS::Topic": ("sns", "ListTopics", "Topics"),
    "AWS::SQS::Queue": ("sqs", "ListQueues", "QueueUrls"),
    "AWS::SageMaker::ModelPackageGroup": ("sagemaker", "ListModelPackageGroups", "ModelPackageGroupSummaryList"),
    "AWS::SageMaker::Pipeline": ("sagemaker", "ListPipelines", "PipelineSummaries"),
}
"""By type: what lists resources of it."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::Athena::WorkGroup", {"Name": "mine"}),
        ("AWS::Budgets::Budget", {"Budget": {**BUDGET, "BudgetName": "mine"}}),
        ("AWS::Budgets::Budget", {"Budget": BUDGET}),
        ("AWS::CloudWatch::Alarm", {**ALARM, "AlarmName": "mine"}),
        ("AWS::CloudWatch::Alarm", ALARM),
        ("AWS::Events::Rule", {"EventPattern": {"source": ["a"]}, "Name": "mine"}),
        ("AWS::Events::Rule", {"EventPattern": {"source": ["a"]}}),
        ("AWS::Glue::Crawler", {**CRAWLER, "Name": "mine"}),
        ("AWS::Glue::Crawler", CRAWLER),
        ("AWS::Glue::Database", {**DATABASE, "DatabaseName": "mine"}),
        ("AWS::Glue::Database", DATABASE),
        ("AWS::Glue::Job", {**JOB, "Name": "mine"}),
        ("AWS::Glue::Job", JOB),
        ("AWS::Glue::Workflow", {"Name": "mine"}),
        ("AWS::Glue::Workflow", {}),
        ("AWS::IAM::ManagedPolicy", {**POLICY, "ManagedPolicyName": "mine"}),
        ("AWS::IAM::ManagedPolicy", POLICY),
        ("AWS::IAM::Role", {**TRUST, "RoleName": "mine"}),
        ("AWS::IAM::Role", TRUST),
        ("AWS::Lambda::Function", {**CODE, "Role": ROLE, "FunctionName": "mine"}),
        ("AWS::Lambda::Function", {**CODE, "Role": ROLE}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "mine"}),
        ("AWS::Logs::LogGroup", {}),
        ("AWS::S3::Bucket", {"BucketName": "mine"}),
        ("AWS::S3::Bucket", {}),
        ("AWS::SNS::Topic", {"TopicName": "mine"}),
        ("AWS::SNS::Topic", {}),
        ("AWS::SQS::Queue", {"QueueName": "mine"}),
        ("AWS::SQS::Queue", {}),
        ("AWS::SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "mine"}),
        ("AWS::SageMaker::Pipeline", {**PIPELINE, "PipelineName": "mine"}),
    ],
)
def test_stack_deletes_resource_whose_creation_was_interrupted(
    tmp_path: Path, type_name: str, properties: Properties
) -> None:
    cut = CutOff(TYPES[type_name])
    builders = [each for each in BUILDERS if each is not cloudformation.build]
    assert len(builders) < len(BUILDERS)
    builders.append(partial(build_with, types={**TYPES, type_name: cut}))
    template = json.dumps({"Resources": {"Cut": {"Type": type_name, "Properties": properties}}})
    with running(tmp_path, builders) as server:
        client = server.client("cloudformation")
        client.create_stack(StackName="cut", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        wait_until(
            lambda: cut.has_made or "ROLLBACK" in client.describe_stacks(StackName="cut")["Stacks"][0]["StackStatus"]
        )
        assert cut.has_made, client.describe_stack_events(StackName="cut")["StackEvents"]
        assert len(listed(server, type_name)) == 1
    with running(tmp_path, BUILDERS) as server:
        client = server.client("cloudformation")
        (stack,) = client.describe_stacks(StackName="cut")["Stacks"]
        assert stack["StackStatus"] == "CREATE_FAILED"
        client.delete_stack(StackName="cut")
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack["StackId"], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )
        assert listed(server, type_name) == []


def test_existing_resource_outlives_the_failed_stack(tmp_path: Path) -> None:
    """A name that is taken is nobody's to remove, however the creation ended."""
    template = json.dumps({"Resources": {"Cut": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine"}}}})
    with running(tmp_path, BUILDERS) as server:
        server.client("sqs").create_queue(QueueName="mine")
        client = server.client("cloudformation")
        client.create_stack(StackName="cut", TemplateBody=template, OnFailure="DO_NOTHING")
        wait_until(lambda: client.describe_stacks(StackName="cut")["Stacks"][0]["StackStatus"] == "CREATE_FAILED")
        client.delete_stack(StackName="cut")
        wait_until(lambda: not [each for each in client.list_stacks()["StackSummaries"] if "DeletionTime" not in each])
        assert len(listed(server, "AWS::SQS::Queue")) == 1


class CutOffBefore(CutOff):
    """A type whose resources are begun, and not made."""

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        def call_up_to_the_creation(service: str, operation: str, request: Request) -> Answer:
            if operation.startswith("Create"):
                self.has_made = True
                raise SystemExit
            return context.call(service, operation, request)

        return self._real.create(replace(context, call=call_up_to_the_creation), declaration)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_name_of_a_resource_never_created_is_free_for_others(tmp_path: Path) -> None:
    cut = CutOffBefore(TYPES["AWS::SQS::Queue"])
    builders = [each for each in BUILDERS if each is not cloudformation.build]
    builders.append(partial(build_with, types={**TYPES, "AWS::SQS::Queue": cut}))
    template = json.dumps({"Resources": {"Cut": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine"}}}})
    with running(tmp_path, builders) as server:
        server.client("cloudformation").create_stack(StackName="cut", TemplateBody=template)
        wait_until(lambda: cut.has_made)
    with running(tmp_path, BUILDERS) as server:
        server.client("sqs").create_queue(QueueName="mine")
        client = server.client("cloudformation")
        client.delete_stack(StackName="cut")
        wait_until(lambda: not [each for each in client.list_stacks()["StackSummaries"] if "DeletionTime" not in each])
        assert len(listed(server, "AWS::SQS::Queue")) == 1
