from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.infrastructure import iam_reference
from tests.infrastructure.templates import BUILD, Resource, as_list, resolve, statements

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234"
STACK = resolve("stack.yaml", Prefix="test-", KmsKeyArn=KEY)
BOOTSTRAP = resolve("bootstrap.yaml", Prefix="test-", **BUILD)
HOLDERS = {
    f"{file}:{logical_id}": resource
    for file, resources in (("stack", STACK), ("bootstrap", BOOTSTRAP))
    for logical_id, resource in resources.items()
    if resource.type in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
}
STACK_ROLES = {logical_id: found for logical_id, found in STACK.items() if found.type == "AWS::IAM::Role"}

NARROWED_BY_NAMESPACE = {"cloudwatch:PutMetricData"}
"""Knows resources by now, but not for metrics."""

LARGEST_MANAGED_POLICY, LARGEST_INLINE_POLICIES = 6144, 10240
"""IAM's limits, in characters without white space."""

NOT_USED = {
    "AWS::Athena::WorkGroup": "iam:CreateServiceLinkedRole iam:PassRole kms:* s3:*",
    "AWS::Glue::Database": "glue:*Connection lakeformation:*",
    "AWS::Lambda::Function": "ec2:* elasticfilesystem:* kms:* s3files:* s3:GetObjectVersion lambda:*CodeSigningConfig "
    "lambda:*Concurrency lambda:GetLayerVersion lambda:Pass* lambda:Publish* lambda:Put* lambda:AssociateRuntimeAlias",
    "AWS::Lambda::EventSourceMapping": "kms:*",
    "AWS::Logs::LogGroup": "firehose:* s3:* logs:*KmsKey logs:*LogDelivery logs:*DataProtectionPolicy "
    "logs:*IndexPolicy logs:*ResourcePolic* logs:Put*Authentication logs:PutLogGroupDeletionProtection",
    "AWS::S3::Bucket": "iam:PassRole s3tables:* s3:*MetadataTableConfiguration s3:*AnnotationTableConfiguration "
    "s3:*InventoryTableConfiguration s3:*JournalTableConfiguration s3:PutAccelerate* s3:PutAnalytics* s3:PutBucketAbac "
    "s3:PutBucketAcl s3:PutBucketCORS s3:PutBucketLogging s3:PutBucketNotification s3:PutBucketObjectLock* "
    "s3:Put*Replication* s3:PutBucketVersioning s3:PutBucketWebsite s3:PutIntelligentTiering* s3:PutInventory* "
    "s3:PutMetrics* s3:PutObject* s3:DeleteObject s3:DeleteBucketAnalytics* s3:DeleteBucketCors "
    "s3:DeleteBucketEncryption s3:DeleteBucketLifecycle s3:DeleteBucketMetrics* s3:DeleteBucketReplication "
    "s3:DeleteBucketWebsite s3:GetObject*",
    "AWS::SNS::Topic": "iam:* sns:PutDataProtectionPolicy",
    "AWS::SNS::Subscription": "iam:*",
    "AWS::SageMaker::ModelPackageGroup": "sagemaker:*ModelPackageGroupPolicy",
    "AWS::IAM::Role": "iam:AttachRolePolicy iam:DetachRolePolicy iam:DeleteRolePermissionsBoundary",
}
"""Permissions of the types' schemas that are for properties which the template does not set."""


def allowed(holder: Resource) -> Iterator[Mapping[str, Any]]:
    return (statement for statement in statements(holder) if statement["Effect"] == "Allow")


def test_every_allowed_action_exists():
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            for action in as_list(statement["Action"]):
                assert iam_reference.actions_of(action), f"{name} allows {action}, which is no action"


def test_nothing_is_allowed_a_whole_service():
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            for action in as_list(statement["Action"]):
                assert action.partition(":")[2].strip("*"), f"{name} allows {action}"


def test_a_resource_is_named_wherever_the_action_knows_resources():
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            if "*" not in as_list(statement["Resource"]):
                continue
            for action in as_list(statement["Action"]):
                if action in NARROWED_BY_NAMESPACE:
                    assert "cloudwatch:namespace" in json.dumps(statement["Condition"])
                    continue
                assert not iam_reference.knows_resources(action), f"{name}, {statement['Sid']}: {action} on *"


def test_each_action_concerns_a_resource_of_its_statement_and_each_resource_an_action():
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            resources = as_list(statement["Resource"])
            if resources == ["*"]:
                continue
            patterns = as_list(statement["Action"])
            for pattern in patterns:
                actions = iam_reference.actions_of(pattern)
                assert any(iam_reference.concerns(action, arn) for action in actions for arn in resources), (
                    f"{name}, {statement.get('Sid')}: {pattern} concerns none of {resources}"
                )
            every = [action for pattern in patterns for action in iam_reference.actions_of(pattern)]
            for arn in resources:
                assert any(iam_reference.concerns(action, arn) for action in every), (
                    f"{name}, {statement.get('Sid')}: nothing concerns {arn}"
                )


def test_a_role_is_passed_to_one_named_service():
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            if "iam:PassRole" in as_list(statement["Action"]):
                for arn in as_list(statement["Resource"]):
                    assert arn.startswith("arn:aws:iam::123456789012:role/test-playgrounds-"), name
                    assert "*" not in arn
                assert statement["Condition"]["StringEquals"]["iam:PassedToService"].endswith(".amazonaws.com")


def test_names_of_other_deployments_are_out_of_reach():
    shared = (
        "pipelines-",
        "automl-job/",
        "database/default",
        "/sm-clarify-",
        "/aws-glue/",
        "/aws/sagemaker/",
        ":ecr:",
        ":kms:",
        ":ec2:",
        "billingview/",
        "connection/",
        "scalable-target/",
        "event-source-mapping:",
        "aws-service-role/",
    )
    for name, holder in HOLDERS.items():
        for statement in allowed(holder):
            for arn in as_list(statement["Resource"]):
                own = "test-" in arn or "test_" in arn or arn in ("*", "arn:aws:glue:eu-central-1:123456789012:catalog")
                assert own or any(part in arn for part in shared), f"{name}: {arn}"


@pytest.mark.parametrize("logical_id", STACK_ROLES)
def test_the_boundary_leaves_a_role_what_it_is_allowed(logical_id):
    boundary = list(allowed(BOOTSTRAP["Boundary"]))
    policies = [STACK_ROLES[logical_id]]
    if STACK_ROLES[logical_id].name in STACK["KeyPolicy"].properties["Roles"]:
        policies.append(STACK["KeyPolicy"])
    for policy in policies:
        for statement in allowed(policy):
            for action in as_list(statement["Action"]):
                for arn in as_list(statement["Resource"]):
                    # An asterisk of the role's ARN is compared as a character: only the boundary's may stand for it.
                    assert any(
                        any(fnmatchcase(action, pattern) for pattern in as_list(limit["Action"]))
                        and any(fnmatchcase(arn, pattern) for pattern in as_list(limit["Resource"]))
                        for limit in boundary
                    ), f"the boundary takes {action} on {arn}"


@pytest.mark.parametrize("logical_id", STACK_ROLES)
def test_every_role_of_the_stack_has_the_boundary(logical_id):
    boundary = BOOTSTRAP["Boundary"].name
    assert STACK_ROLES[logical_id].properties["PermissionsBoundary"] == f"arn:aws:iam::123456789012:policy/{boundary}"


def test_cloudformation_gives_no_role_powers_without_the_boundary():
    boundary = f"arn:aws:iam::123456789012:policy/{BOOTSTRAP['Boundary'].name}"
    roles = {f"arn:aws:iam::123456789012:role/{role.name}" for role in STACK_ROLES.values()}
    dangerous = {
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
    }
    for statement in allowed(BOOTSTRAP["CloudFormationRole"]):
        iam_actions = {action for action in as_list(statement["Action"]) if action.startswith("iam:")}
        if iam_actions == {"iam:CreateServiceLinkedRole"}:
            assert statement["Condition"] == {"StringEquals": {"iam:AWSServiceName": "budgets.amazonaws.com"}}
        elif iam_actions:
            assert set(as_list(statement["Resource"])) <= roles
        if iam_actions & dangerous:
            assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert not any(
        "Policy" in action and "Role" not in action
        for statement in allowed(BOOTSTRAP["CloudFormationRole"])
        for action in as_list(statement["Action"])
        if action.startswith("iam:")
    ), "a policy of its own, such as the boundary, is not to be edited"


def test_cloudformation_may_do_what_the_types_of_the_stack_ask_for():
    patterns = [action for found in allowed(BOOTSTRAP["CloudFormationRole"]) for action in as_list(found["Action"])]
    missing = {}
    for resource_type in sorted({found.type for found in resolve("stack.yaml", AlertEmail="a@b.c").values()}):
        handlers = iam_reference.type_schema(resource_type)["handlers"]
        asked = {action for kind, handler in handlers.items() if kind != "list" for action in handler["permissions"]}
        unused = NOT_USED.get(resource_type, "").split()
        lacking = sorted(
            action
            for action in asked
            if not any(fnmatchcase(action.lower(), pattern.lower()) for pattern in [*patterns, *unused])
        )
        if lacking:
            missing[resource_type] = lacking
    assert not missing


def test_the_build_deploys_by_change_sets_with_cloudformations_role_only():
    build = list(allowed(BOOTSTRAP["BuildRole"]))
    stack = ["arn:aws:cloudformation:eu-central-1:123456789012:stack/test-playgrounds/*"]
    actions = {
        action: statement
        for statement in build
        for action in as_list(statement["Action"])
        if action.startswith(("cloudformation:", "iam:"))
    }
    assert "cloudformation:CreateStack" not in actions and "cloudformation:UpdateStack" not in actions
    assert actions["cloudformation:CreateChangeSet"]["Condition"] == {
        "StringEquals": {"cloudformation:RoleArn": "arn:aws:iam::123456789012:role/test-playgrounds-cloudformation"}
    }
    for action, statement in actions.items():
        if action.startswith("cloudformation:"):
            assert as_list(statement["Resource"]) == stack, action


def test_policies_are_within_the_limits_of_iam():
    longest = {"Prefix": "abcdefghijkl-", "KmsKeyArn": KEY}
    for file, more in (("stack.yaml", {}), ("bootstrap.yaml", BUILD)):
        parameters = longest if file == "stack.yaml" else {"Prefix": longest["Prefix"], **more}
        for name, resource in resolve(file, **parameters).items():
            if resource.type == "AWS::IAM::ManagedPolicy":
                size = len(json.dumps(resource.properties["PolicyDocument"], separators=(",", ":")))
                assert size <= LARGEST_MANAGED_POLICY - 300, f"{name}: {size}"  # longer names of regions
            if resource.type == "AWS::IAM::Role":
                documents = [policy["PolicyDocument"] for policy in resource.properties["Policies"]]
                size = sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)
                assert size <= LARGEST_INLINE_POLICIES - 500, f"{name}: {size}"


def test_a_service_assumes_a_role_for_this_account_only():
    for name, holder in HOLDERS.items():
        if holder.type == "AWS::IAM::Role":
            for statement in holder.properties["AssumeRolePolicyDocument"]["Statement"]:
                if "Service" in statement["Principal"]:
                    accounts = [keys.get("aws:SourceAccount") for keys in statement["Condition"].values()]
                    assert "123456789012" in accounts, name
