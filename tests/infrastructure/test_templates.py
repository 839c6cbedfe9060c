from __future__ import annotations

import json
import re

import pytest
from cfnlint.api import lint_file

from console.feeds import LIVE_URLS
from infrastructure.names import Names
from pipelines.code_assets import glue_code
from tests.infrastructure import iam_reference
from tests.infrastructure.templates import (
    ACCOUNT,
    BUILD,
    FOLDER,
    REGION,
    Resource,
    as_list,
    load,
    outputs,
    resolve,
    statements,
)

TEMPLATES = ("stack.yaml", "bootstrap.yaml")
PREFIXES = ("", "test-")
LONGEST_REGION = "ap-southeast-2"
SCRIPT_ARGUMENTS = {
    "import_income_data": {"--SOURCE_URL", "--TARGET_URI"},
    "import_json_data": {"--PARKS_URL", "--PLAYGROUNDS_URL", "--TARGET_URI"},
    "prep_data_for_ml": {"--RAW_URI", "--TARGET_URI"},
}


def every_resource(file: str, prefix: str) -> dict[str, Resource]:
    """A template's resources, those that depend on a parameter among them."""
    more = {"AlertEmail": "parks@example.org"} if file == "stack.yaml" else BUILD
    return resolve(file, Prefix=prefix, **more)


def of_type(resources: dict[str, Resource], kind: str) -> dict[str, Resource]:
    return {str(found.name): found for found in resources.values() if found.type == f"AWS::{kind}"}


@pytest.mark.parametrize("file", TEMPLATES)
def test_cfn_lint_has_nothing_to_say(file):
    assert lint_file(FOLDER / file) == []


@pytest.mark.parametrize("file", TEMPLATES)
def test_every_parameter_has_a_default_that_it_accepts(file):
    for name, declared in load(file)["Parameters"].items():
        assert "Default" in declared and "Description" in declared, name
        assert re.fullmatch(declared.get("AllowedPattern", ".*"), str(declared["Default"])), name


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("file", TEMPLATES)
def test_whatever_takes_tags_carries_the_stack(file, prefix):
    tag = {"Key": "Stack", "Value": f"{prefix}playgrounds"}
    for name, resource in every_resource(file, prefix).items():
        properties = iam_reference.type_schema(resource.type)["properties"]
        if "Tags" in properties:
            assert resource.properties.get("Tags") in ([tag], {tag["Key"]: tag["Value"]}), name
        if "ResourceTags" in properties:
            assert resource.properties.get("ResourceTags") == [tag], name


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_stack_has_the_names_that_the_commands_go_by(prefix):
    names = Names(prefix, ACCOUNT, REGION)
    found = outputs("stack.yaml", Prefix=prefix)
    assert found["RawBucket"] == names.raw_bucket
    assert found["ProcessedBucket"] == names.processed_bucket
    assert found["ModelsBucket"] == names.models_bucket
    assert found["CodeBucket"] == names.code_bucket == outputs("bootstrap.yaml", Prefix=prefix)["CodeBucket"]
    assert found["Database"] == names.database
    assert found["WorkGroup"] == names.work_group
    assert found["Workflow"] == names.workflow
    assert found["PipelineName"] == found["EndpointName"] == found["ModelPackageGroup"] == names.pipeline
    assert found["DeployPipelineName"] == names.deploy_pipeline
    assert found["SageMakerRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/{names.sagemaker_role}"
    bootstrap = outputs("bootstrap.yaml", Prefix=prefix)
    assert bootstrap["CloudFormationRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/{names.cloudformation_role}"
    assert bootstrap["BoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/{names.boundary}"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("file", TEMPLATES)
def test_every_name_starts_with_the_prefix(file, prefix):
    folders = ("/aws/lambda/", "/aws/sagemaker/Endpoints/", "/aws/codebuild/")
    for resource in every_resource(file, prefix).values():
        if resource.name:
            name = next(
                (resource.name.removeprefix(found) for found in folders if found in resource.name), resource.name
            )
            start = prefix.replace("-", "_") if resource.type == "AWS::Glue::Database" else prefix
            assert name.startswith(start), name
            assert not prefix or not resource.name.startswith("playground"), name


def test_names_fit_with_the_longest_prefix_and_region():
    longest = "abcdefghijkl-"
    pattern = load("stack.yaml")["Parameters"]["Prefix"]["AllowedPattern"]
    assert re.fullmatch(pattern, longest) and not re.fullmatch(pattern, f"x{longest}")
    for file in TEMPLATES:
        for bucket in of_type(every_resource(file, longest), "S3::Bucket"):
            assert len(bucket.replace(REGION, LONGEST_REGION)) <= 63
        for role in of_type(every_resource(file, longest), "IAM::Role"):
            assert len(role) <= 64


def test_buckets_are_private_encrypted_and_read_over_tls_only():
    for file in TEMPLATES:
        resources = every_resource(file, "")
        policies = [found.properties for found in resources.values() if found.type == "AWS::S3::BucketPolicy"]
        for name, bucket in of_type(resources, "S3::Bucket").items():
            assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
            (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            (policy,) = [found["PolicyDocument"] for found in policies if found["Bucket"] == name]
            statement = policy["Statement"][0]
            assert statement["Effect"] == "Deny" and statement["Condition"] == {
                "Bool": {"aws:SecureTransport": "false"}
            }
            assert statement["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def test_code_cannot_be_overwritten():
    (policy,) = of_type(resolve("bootstrap.yaml"), "S3::BucketPolicy").values()
    _, statement = policy.properties["PolicyDocument"]["Statement"]
    bucket = policy.properties["Bucket"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:PutObject")
    assert statement["Resource"] == f"arn:aws:s3:::{bucket}/code/*"
    assert statement["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }


def test_a_key_is_used_by_buckets_queries_and_the_roles_that_meet_them():
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234"
    resources = resolve("stack.yaml", KmsKeyArn=key)
    for bucket in of_type(resources, "S3::Bucket").values():
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    configuration = resources["WorkGroup"].properties["WorkGroupConfiguration"]
    assert configuration["ResultConfiguration"]["EncryptionConfiguration"] == {
        "EncryptionOption": "SSE_KMS",
        "KmsKey": key,
    }
    assert [statement["Resource"] for statement in statements(resources["KeyPolicy"])] == [key]
    assert "KeyPolicy" not in resolve("stack.yaml")


def test_nothing_is_deleted_with_data_in_it():
    for file in TEMPLATES:
        for resource in every_resource(file, "").values():
            if resource.type == "AWS::S3::Bucket":
                assert resource.declared["DeletionPolicy"] == "Delete"  # which S3 refuses while there are objects
                assert resource.declared["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_jobs_run_the_scripts_with_the_arguments_that_they_read(prefix):
    digest = "code/0f0f/"
    resources = resolve("stack.yaml", Prefix=prefix, GlueCodePrefix=digest, CodeBucket="my-code")
    jobs = of_type(resources, "Glue::Job")
    assert set(jobs) == {f"{prefix}{script}" for script in SCRIPT_ARGUMENTS}
    for script, arguments in SCRIPT_ARGUMENTS.items():
        properties = jobs[f"{prefix}{script}"].properties
        assert properties["Command"]["ScriptLocation"] == f"s3://my-code/{digest}{script}.py"
        given = dict(properties["DefaultArguments"])
        modules = given.pop("--extra-py-files").split(",")
        assert set(given) == arguments
        source = (FOLDER.parent / "glue_scripts" / f"{script}.py").read_text()
        assert all(f'"{argument.removeprefix("--")}"' in source for argument in arguments)
        for module in modules:
            assert module.removeprefix(f"s3://my-code/{digest}") in glue_code().objects


def test_triggers_of_the_workflow_are_made_one_after_the_other():
    triggers = {
        name: declared
        for name, declared in load("stack.yaml")["Resources"].items()
        if "Glue::Trigger" in declared["Type"]
    }
    waited_for = [declared["DependsOn"] for declared in triggers.values() if "DependsOn" in declared]
    assert len(waited_for) == len(set(waited_for)) == len(triggers) - 1
    assert set(waited_for) < set(triggers)


def test_the_feeds_are_the_live_ones_by_default():
    defaults = {name: load("stack.yaml")["Parameters"][name]["Default"] for name in LIVE_URLS}
    assert defaults == LIVE_URLS


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_workflow_runs_from_the_imports_to_the_last_crawler(prefix):
    triggers = of_type(resolve("stack.yaml", Prefix=prefix), "Glue::Trigger")
    done: list[str] = []
    for name in ("start", "imported", "raw_crawled", "prepared"):
        properties = triggers[f"{prefix}playgrounds_{name}"].properties
        waits_for = [
            value
            for condition in properties.get("Predicate", {}).get("Conditions", [])
            for key, value in condition.items()
            if key in ("JobName", "CrawlerName")
        ]
        assert waits_for == done
        done = [value for action in properties["Actions"] for value in action.values()]
    assert done == [f"{prefix}crawl_processed_data"]


@pytest.mark.parametrize(("answer", "state"), [("true", "ENABLED"), ("false", "DISABLED")])
def test_whether_data_start_the_pipeline_is_a_parameter(answer, state):
    resources = resolve("stack.yaml", StartPipelineOnData=answer)
    assert resources["DataReadyRule"].properties["State"] == state
    assert resources["ModelApprovedRule"].properties["State"] == "ENABLED"


def test_only_the_approval_of_this_deployments_packages_starts_the_deploy_pipeline():
    rule = resolve("stack.yaml", Prefix="test-")["ModelApprovedRule"].properties
    assert rule["EventPattern"]["detail"] == {
        "ModelPackageGroupName": ["test-playground-accessibility"],
        "ModelApprovalStatus": ["Approved"],
        "$or": [
            {"UpdatedModelPackageFields": ["ModelApprovalStatus"]},
            {"UpdatedModelPackageFields": [{"exists": False}]},
        ],
    }
    (target,) = rule["Targets"]
    assert target["Arn"].endswith(":pipeline/test-playground-accessibility-deploy")
    assert target["SageMakerPipelineParameters"]["PipelineParameterList"] == [
        {"Name": "ModelPackageArn", "Value": "$.detail.ModelPackageArn"}
    ]


def test_what_cannot_be_delivered_is_kept_and_raises_an_alarm():
    resources = resolve("stack.yaml")
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:playgrounds-undelivered"
    rules = of_type(resources, "Events::Rule")
    for rule in rules.values():
        for target in rule.properties["Targets"]:
            assert target["DeadLetterConfig"] == {"Arn": queue}
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 3600
    policy = json.dumps(resources["UndeliveredQueuePolicy"].properties)
    assert all(f"rule/{name}" in policy for name in rules)
    assert resources["UndeliveredAlarm"].properties["Dimensions"][0]["Value"] == "playgrounds-undelivered"


def test_rules_publish_alerts_as_a_role_or_under_a_statement_without_condition():
    resources = resolve("stack.yaml")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:playgrounds-alerts"
    roles = {f"arn:aws:iam::{ACCOUNT}:role/{found.name}": found for found in of_type(resources, "IAM::Role").values()}
    targets = [
        target
        for rule in of_type(resources, "Events::Rule").values()
        for target in rule.properties["Targets"]
        if target["Arn"] == topic
    ]
    unconditioned = [
        statement
        for statement in resources["AlertTopicPolicy"].properties["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "events.amazonaws.com"} and "Condition" not in statement
    ]
    assert targets
    for target in targets:
        as_role = [
            statement
            for statement in (statements(roles[target["RoleArn"]]) if "RoleArn" in target else ())
            if "sns:Publish" in as_list(statement["Action"]) and topic in as_list(statement["Resource"])
        ]
        assert as_role or unconditioned, target


def test_the_budget_alerts_an_address_or_the_topic():
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:playgrounds-alerts"
    for email, kind, address in (("", "SNS", topic), ("parks@example.org", "EMAIL", "parks@example.org")):
        budget = resolve("stack.yaml", BudgetEmail=email)["MonthlyCostBudget"].properties
        for notification in budget["NotificationsWithSubscribers"]:
            assert notification["Subscribers"] == [{"SubscriptionType": kind, "Address": address}]
        assert budget["Budget"]["CostFilters"] == {"TagKeyValue": ["user:Stack$playgrounds"]}


def test_without_a_repository_there_is_no_build():
    kinds = {resource.type for resource in resolve("bootstrap.yaml").values()}
    assert kinds == {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}
    assert "BuildProject" not in outputs("bootstrap.yaml")


def test_each_skipped_check_says_why():
    for file in TEMPLATES:
        for name, declared in load(file)["Resources"].items():
            for skip in declared.get("Metadata", {}).get("checkov", {}).get("skip", []):
                assert len(skip["comment"]) > 30, f"{name}: {skip['id']}"
