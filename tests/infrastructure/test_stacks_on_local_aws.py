from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infrastructure.errors import DeploymentError
from infrastructure.names import Names
from infrastructure.stacks import Stack, Stacks
from pipelines.code_assets import LAMBDA_ARCHIVE, glue_code, lambda_code, project_assets
from pipelines.code_uploads import upload_missing
from tests.infrastructure.templates import BUILD, FOLDER, resolve
from tests.servers import RunningServer, running

PREFIXES = ("", "test-")


class Deployments:
    """The stacks of both prefixes, on one server."""

    def __init__(self, server: RunningServer) -> None:
        self.client = server.client
        self.stacks = Stacks(server.client("cloudformation"), server.client("s3"))
        account = server.client("sts").get_caller_identity()["Account"]
        self.names = {prefix: Names(prefix, account, server.environment["AWS_REGION"]) for prefix in PREFIXES}

    def bring_up(self, prefix: str, **parameters: str) -> list[str]:
        """Deploy both stacks of a prefix; give what changed in the second."""
        names = self.names[prefix]
        self._apply(self._bootstrap(names))
        upload_missing(self.client("s3"), names.code_bucket, project_assets())
        return self._apply(self._main(names, parameters))

    def _apply(self, stack: Stack) -> list[str]:
        change_set = self.stacks.plan(stack)
        if change_set is None:
            return []
        self.stacks.execute(change_set)
        return [change.logical_id for change in change_set.changes]

    def _bootstrap(self, names: Names) -> Stack:
        parameters = {"Prefix": names.prefix, **BUILD}
        return Stack(names.bootstrap_stack, FOLDER / "bootstrap.yaml", parameters, {"Stack": names.stack})

    def _main(self, names: Names, parameters: dict[str, str]) -> Stack:
        code = {
            "GlueCodePrefix": glue_code().prefix,
            "LambdaCodeKey": f"{lambda_code().prefix}{LAMBDA_ARCHIVE}",
        }
        return Stack(
            names.stack,
            FOLDER / "stack.yaml",
            {"Prefix": names.prefix, **code, **parameters},
            {"Stack": names.stack},
            role_arn=self.stacks.outputs(names.bootstrap_stack)["CloudFormationRoleArn"],
            template_bucket=names.code_bucket,
        )


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployments]:
    with running(tmp_path_factory.mktemp("local-aws")) as server:
        found = Deployments(server)
        for prefix in PREFIXES:
            found.bring_up(prefix)
        yield found


@pytest.mark.parametrize("prefix", PREFIXES)
def test_all_that_the_template_holds_is_made(deployments, prefix):
    expected = {name: resource.type for name, resource in resolve("stack.yaml", Prefix=prefix).items()}
    made = deployments.stacks.resources(deployments.names[prefix].stack)
    assert {found["LogicalResourceId"]: found["ResourceType"] for found in made} == expected


def test_template_with_other_resources_is_told_from_one_with_other_comments(deployments, tmp_path):
    name = deployments.names[""].bootstrap_stack
    text = (FOLDER / "bootstrap.yaml").read_text()
    file = tmp_path / "bootstrap.yaml"
    for changed, is_same in (
        (text.replace("Resources:", "# A remark.\nResources:"), True),
        (text.replace("sagemaker:StartPipelineExecution", "sagemaker:RetryPipelineExecution"), False),
    ):
        assert changed != text
        file.write_text(changed)
        assert deployments.stacks.has_resources_of(name, file) == is_same


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_second_deployment_changes_nothing(deployments, prefix):
    assert deployments.bring_up(prefix) == []


def test_a_parameter_changes_what_it_is_about_and_changes_back(deployments):
    assert deployments.bring_up("test-", StartPipelineOnData="false") == ["DataReadyRule"]
    assert rule_state(deployments, "test-playgrounds-data-ready") == "DISABLED"
    assert rule_state(deployments, "playgrounds-data-ready") == "ENABLED"
    assert deployments.bring_up("test-", StartPipelineOnData="true") == ["DataReadyRule"]


def test_another_address_for_the_budget_replaces_it(deployments):
    deployments.bring_up("test-", BudgetEmail="parks@example.org")
    assert budgets(deployments, "test-") == ["test-playgrounds-monthly-parks@example.org"]
    deployments.bring_up("test-", BudgetEmail="")
    assert budgets(deployments, "test-") == ["test-playgrounds-monthly"]


def test_the_triggers_are_active_and_wait_for_each_other(deployments):
    glue = deployments.client("glue")
    for prefix in PREFIXES:
        for trigger in ("imported", "raw_crawled", "prepared"):
            found = glue.get_trigger(Name=f"{prefix}playgrounds_{trigger}")["Trigger"]
            assert (found["State"], found["Type"]) == ("ACTIVATED", "CONDITIONAL")


def test_a_bucket_with_an_object_keeps_its_stack_and_without_it_only_the_other_deployment_is_left(deployments):
    s3, names = deployments.client("s3"), deployments.names["test-"]
    data = {"Bucket": names.raw_bucket, "Key": "parks/year=2026/month=1/day=1/parks.parquet"}
    other = {name for name in everything(deployments) if not name.startswith("test-")}
    s3.put_object(**data, Body=b"data")
    with pytest.raises(DeploymentError, match="RawBucket"):
        deployments.stacks.delete(names.stack)
    s3.delete_object(**data)
    deployments.stacks.delete(names.stack)
    assert everything(deployments) == other
    assert {"import_income_data", "playgrounds-lambda", deployments.names[""].raw_bucket} <= other
    assert deployments.bring_up("") == []
    deployments.bring_up("test-")


def rule_state(deployments: Deployments, name: str) -> str:
    return deployments.client("events").describe_rule(Name=name)["State"]


def budgets(deployments: Deployments, prefix: str) -> list[str]:
    account = deployments.names[prefix].account
    found = deployments.client("budgets").describe_budgets(AccountId=account)["Budgets"]
    return [budget["BudgetName"] for budget in found if budget["BudgetName"].startswith(f"{prefix}playgrounds")]


def everything(deployments: Deployments) -> set[str]:
    """Names of what a deployment makes, the bootstrap stack's aside."""

    def named(service: str, operation: str, member: str, key: str) -> Iterator[Any]:
        for page in deployments.client(service).get_paginator(operation).paginate():
            yield from (found[key] for found in page[member])

    names = {
        *named("glue", "get_jobs", "Jobs", "Name"),
        *named("glue", "get_crawlers", "Crawlers", "Name"),
        *named("glue", "get_triggers", "Triggers", "Name"),
        *named("iam", "list_roles", "Roles", "RoleName"),
        *named("lambda", "list_functions", "Functions", "FunctionName"),
        *named("events", "list_rules", "Rules", "Name"),
        *named("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        *(bucket["Name"] for bucket in deployments.client("s3").list_buckets()["Buckets"]),
    }
    of_bootstrap = ("playgrounds-code-", "playgrounds-cloudformation", "playgrounds-codebuild")
    return {name for name in names if not name.removeprefix("test-").startswith(of_bootstrap)}
