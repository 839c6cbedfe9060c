"""What AWS's services do with each role, by their documentation, and what no role may do.

The calls that leave a line in the call log of a run on local_aws are in tests/end_to_end/test_roles_in_use.py: those of
the components, and of the services' where local_aws makes them too.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from tests.infrastructure.templates import ACCOUNT, BUILD, REGION, as_list, resolve, statements

STACK = resolve("stack.yaml", Prefix="test-")
BOOTSTRAP = resolve("bootstrap.yaml", Prefix="test-", **BUILD)
ROLES = {
    str(found.name).removeprefix("test-playgrounds-"): found
    for found in [*STACK.values(), *BOOTSTRAP.values()]
    if found.type == "AWS::IAM::Role"
}

AWS = "https://docs.aws.amazon.com"
JOBS = f"{AWS}/sagemaker/latest/dg/sagemaker-roles.html"
PIPELINES = f"{AWS}/sagemaker/latest/dg/build-and-manage-access.html"
GUARDRAILS = f"{AWS}/sagemaker/latest/dg/deployment-guardrails-configuration.html"
SCALING = f"{AWS}/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html"
QUEUES = f"{AWS}/lambda/latest/dg/services-sqs-configure.html"
IMAGES = "https://github.com/aws/deep-learning-containers"
MONITOR = f"{AWS}/sagemaker/latest/dg/model-monitor-pre-built-container.html"
BASELINES = f"{AWS}/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html"
GLUE = f"{AWS}/glue/latest/dg/create-service-policy.html"
ATHENA = f"{AWS}/athena/latest/ug/querying-mlmodel.html"
DEFAULT_DATABASE = f"{AWS}/athena/latest/ug/fine-grained-access-to-glue-resources.html"
REFERENCE = f"{AWS}/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def bucket(kind: str, key: str | None = None) -> str:
    name = f"arn:aws:s3:::test-playgrounds-{kind}-{ACCOUNT}-{REGION}"
    return name if key is None else f"{name}/{key}"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


XGBOOST = f"arn:aws:ecr:{REGION}:492215442770:repository/sagemaker-xgboost"
AUTOGLUON = f"arn:aws:ecr:{REGION}:763104351884:repository/autogluon-inference"
MONITOR_IMAGE = f"arn:aws:ecr:{REGION}:156813124566:repository/sagemaker-model-monitor-analyzer"
CLARIFY_IMAGE = f"arn:aws:ecr:{REGION}:017069133835:repository/sagemaker-clarify-processing"
JOB = "pipelines-0f0f0f0f0f0f-TrainXGBoost-aBcDeFgHiJ"
ENDPOINT = arn("sagemaker", "endpoint/test-playground-accessibility")
RESULT = bucket("models", "test-playground-accessibility/0f0f0f0f0f0f/TrainXGBoost/output/model.tar.gz")
EVALUATION = bucket("models", "test-playground-accessibility/0f0f/EvaluateXGBoost/evaluation/evaluation.json")
VIOLATIONS = bucket("models", "test-playground-accessibility/0f0f/CheckDataQuality/constraint_violations.json")
CONSTRAINTS = bucket("models", "test-playground-accessibility/0f0f/RequireDataQuality/constraints.json")
CANDIDATES = bucket("models", "test-playground-accessibility/0f0f/AutoML/candidates/0f/candidates.json")
PROCESSED = bucket("processed", "playgrounds_income/year=2026/month=11/day=29/playgrounds_income.parquet")
CARD = bucket("models", "test-playground-accessibility/0f0f/WriteReport/report/model_card_xgboost.json")
SMOKE_ROWS = bucket("models", "test-playground-accessibility/0f0f/EngineerFeatures/smoke/smoke.csv")
CAPTURED = bucket("models", "test-playground-accessibility/data-capture/test-playground-accessibility/x/2026/1.jsonl")
ENDPOINT_LOG = arn("logs", "log-group:/aws/sagemaker/Endpoints/test-playground-accessibility:log-stream:AllTraffic/i-0")
SMOKE_ANSWERS = bucket("models", "test-playground-accessibility-deploy/0f0f/SmokeTest/smoke.csv.out")
SCORING_ROWS = bucket("models", "test-playground-accessibility/0f0f/EngineerFeatures/scoring/playgrounds.parquet")
CONFIG = arn("sagemaker", "endpoint-config/test-playground-accessibility-0f0f0f0f0f0f")
CLARIFY_CONFIG = arn("sagemaker", "endpoint-config/sm-clarify-config-1746251067-14e5")
CLARIFY_ENDPOINT = arn("sagemaker", "endpoint/sm-clarify-1746251067-14e5")
PIPELINE = arn("sagemaker", "pipeline/test-playground-accessibility")
GROUP = arn("sagemaker", "model-package-group/test-playground-accessibility")
PACKAGES = arn("sagemaker", "model-package/test-playground-accessibility")
AUTOML_JOB = arn("sagemaker", "automl-job/AutoML-0f0f0f0f0f0f-aBcDeFgHiJ")
SCALING_ALARM = arn(
    "cloudwatch", "alarm:TargetTracking-endpoint/test-playground-accessibility/variant/AllTraffic-AlarmHigh-0f0f"
)
ERRORS_ALARM = arn("cloudwatch", "alarm:test-playgrounds-endpoint-errors")
FUNCTION_LOG = arn("logs", "log-group:/aws/lambda/test-playgrounds-resolve-deployment:log-stream:0f")
CATALOG = arn("glue", "catalog")
TABLE = arn("glue", "table/test_playgrounds/playgrounds_income")

SERVICES_DO = [
    # The containers of jobs and models: image, code, channels, results, logs, metrics.
    ("jobs", "ecr:GetAuthorizationToken", "*", JOBS),
    ("jobs", "ecr:BatchCheckLayerAvailability", XGBOOST, JOBS),
    ("jobs", "ecr:GetDownloadUrlForLayer", XGBOOST, JOBS),
    ("jobs", "ecr:BatchGetImage", XGBOOST, JOBS),
    ("jobs", "ecr:BatchGetImage", AUTOGLUON, JOBS),
    ("jobs", "ecr:BatchGetImage", AUTOGLUON.removesuffix("-inference"), IMAGES),
    ("jobs", "ecr:BatchGetImage", CLARIFY_IMAGE, IMAGES),
    ("jobs", "ecr:BatchGetImage", MONITOR_IMAGE, MONITOR),
    ("jobs", "sagemaker:CreateEndpointConfig", CLARIFY_CONFIG, JOBS),
    ("jobs", "sagemaker:AddTags", CLARIFY_CONFIG, REFERENCE),
    ("jobs", "sagemaker:CreateEndpoint", CLARIFY_CONFIG, JOBS),
    ("jobs", "sagemaker:CreateEndpoint", CLARIFY_ENDPOINT, JOBS),
    ("jobs", "sagemaker:InvokeEndpoint", CLARIFY_ENDPOINT, JOBS),
    ("jobs", "sagemaker:DeleteEndpoint", CLARIFY_ENDPOINT, JOBS),
    ("jobs", "sagemaker:DeleteEndpointConfig", CLARIFY_CONFIG, JOBS),
    ("jobs", "s3:GetObject", bucket("code", "code/0f/processing/engineer_features.py"), JOBS),
    ("jobs", "s3:ListBucket", bucket("code"), JOBS),
    ("jobs", "s3:GetObject", bucket("processed", "playgrounds_income/year=2026/month=1/day=1/p.parquet"), JOBS),
    ("jobs", "s3:ListBucket", bucket("processed"), JOBS),
    ("jobs", "s3:GetObject", RESULT, JOBS),
    ("jobs", "s3:PutObject", RESULT, JOBS),
    ("jobs", "s3:GetObject", SMOKE_ANSWERS, JOBS),
    ("jobs", "s3:ListBucket", bucket("models"), JOBS),
    ("jobs", "logs:CreateLogGroup", arn("logs", "log-group:/aws/sagemaker/TrainingJobs"), JOBS),
    ("jobs", "logs:CreateLogStream", arn("logs", f"log-group:/aws/sagemaker/TrainingJobs:log-stream:{JOB}"), JOBS),
    ("jobs", "logs:DescribeLogStreams", arn("logs", "log-group:/aws/sagemaker/TrainingJobs:*"), JOBS),
    ("jobs", "logs:PutLogEvents", arn("logs", f"log-group:/aws/sagemaker/TrainingJobs:log-stream:{JOB}"), JOBS),
    ("jobs", "cloudwatch:PutMetricData", "*", JOBS),
    ("model", "ecr:BatchGetImage", XGBOOST, JOBS),
    ("model", "ecr:BatchGetImage", AUTOGLUON, JOBS),
    ("model", "s3:GetObject", RESULT, JOBS),
    ("model", "s3:GetObject", SMOKE_ROWS, JOBS),
    ("model", "s3:PutObject", SMOKE_ANSWERS, JOBS),
    ("model", "s3:PutObject", CAPTURED, JOBS),
    ("model", "logs:PutLogEvents", ENDPOINT_LOG, JOBS),
    ("model", "cloudwatch:DescribeAlarms", ERRORS_ALARM, GUARDRAILS),
    # The pipeline: the steps' jobs with their tags and role, functions, what property files hold.
    ("sagemaker", "iam:PassRole", role("test-playgrounds-jobs"), PIPELINES),
    ("sagemaker", "iam:PassRole", role("test-playgrounds-model"), PIPELINES),
    ("sagemaker", "s3:GetObject", EVALUATION, PIPELINES),
    ("sagemaker", "sagemaker:CreateTrainingJob", arn("sagemaker", f"training-job/{JOB}"), PIPELINES),
    ("sagemaker", "sagemaker:DescribeTrainingJob", arn("sagemaker", f"training-job/{JOB}"), PIPELINES),
    ("sagemaker", "sagemaker:StopTrainingJob", arn("sagemaker", f"training-job/{JOB}"), PIPELINES),
    ("sagemaker", "sagemaker:AddTags", arn("sagemaker", f"processing-job/{JOB}"), REFERENCE),
    ("sagemaker", "sagemaker:CreateAutoMLJob", AUTOML_JOB, PIPELINES),
    # Registering asks to create the group each time, and SageMaker tags what a step creates.
    ("sagemaker", "sagemaker:CreateModelPackageGroup", GROUP, REFERENCE),
    ("sagemaker", "sagemaker:AddTags", GROUP, REFERENCE),
    ("sagemaker", "sagemaker:CreateModelPackage", f"{PACKAGES}/1", REFERENCE),
    ("sagemaker", "sagemaker:AddTags", f"{PACKAGES}/1", REFERENCE),
    *[
        ("sagemaker", "lambda:InvokeFunction", arn("lambda", f"function:test-playgrounds-{name}"), REFERENCE)
        for name in (
            *("resolve-data-version", "resolve-data-baseline", "require-data-quality", "list-candidates"),
            "write-model-card",
        )
    ],
    ("sagemaker", "sagemaker:ListModelPackages", f"{PACKAGES}/1", BASELINES),
    ("sagemaker", "sagemaker:DescribeModelPackage", f"{PACKAGES}/1", BASELINES),
    ("sagemaker", "sqs:SendMessage", arn("sqs", "test-playgrounds-deployments"), PIPELINES),
    # The function that deploys: its messages, the endpoint with its configuration and alarms, the answer, scaling.
    ("deployment", "sqs:ReceiveMessage", arn("sqs", "test-playgrounds-deployments"), QUEUES),
    ("deployment", "sqs:DeleteMessage", arn("sqs", "test-playgrounds-deployments"), QUEUES),
    ("deployment", "sqs:GetQueueAttributes", arn("sqs", "test-playgrounds-deployments"), QUEUES),
    ("deployment", "sagemaker:UpdateEndpoint", ENDPOINT, REFERENCE),
    ("deployment", "sagemaker:UpdateEndpoint", CONFIG, REFERENCE),
    ("deployment", "cloudwatch:DescribeAlarms", ERRORS_ALARM, GUARDRAILS),
    ("deployment", "sagemaker:SendPipelineExecutionStepSuccess", f"{PIPELINE}/execution/0f0f0f0f0f0f", REFERENCE),
    ("deployment", "sagemaker:UpdateEndpointWeightsAndCapacities", ENDPOINT, SCALING),
    ("deployment", "cloudwatch:PutMetricAlarm", SCALING_ALARM, SCALING),
    # Glue: scripts, folders' markers, logs; crawlers write the catalog.
    ("glue", "s3:GetObject", bucket("code", "code/0f/prep_data_for_ml.py"), GLUE),
    ("glue", "s3:ListBucket", bucket("raw"), GLUE),
    ("glue", "s3:GetBucketLocation", bucket("processed"), GLUE),
    ("glue", "s3:PutObject", bucket("processed", "playgrounds_income/"), GLUE),
    ("glue", "s3:DeleteObject", bucket("processed", "_playgrounds_income-staging-0f0f/_temporary/"), GLUE),
    ("glue", "glue:GetDatabase", arn("glue", "database/test_playgrounds"), GLUE),
    ("glue", "glue:CreateTable", TABLE, GLUE),
    ("glue", "glue:UpdateTable", TABLE, GLUE),
    ("glue", "glue:BatchCreatePartition", TABLE, GLUE),
    ("glue", "glue:BatchUpdatePartition", TABLE, GLUE),
    ("glue", "logs:CreateLogStream", arn("logs", "log-group:/aws-glue/jobs/output:log-stream:jr_0f"), GLUE),
    ("glue", "logs:PutLogEvents", arn("logs", "log-group:/aws-glue/crawlers:log-stream:test-crawl_raw_data"), GLUE),
    # Athena, as whoever asks.
    ("analyst", "glue:GetDatabase", CATALOG, DEFAULT_DATABASE),
    ("analyst", "glue:GetDatabase", arn("glue", "database/default"), DEFAULT_DATABASE),
    ("analyst", "glue:CreateDatabase", CATALOG, DEFAULT_DATABASE),
    ("analyst", "glue:CreateDatabase", arn("glue", "database/default"), DEFAULT_DATABASE),
    ("analyst", "sagemaker:InvokeEndpoint", ENDPOINT, ATHENA),
    ("analyst", "s3:PutObject", bucket("models", "athena-results/0f.csv"), ATHENA),
    ("analyst", "s3:GetObject", SCORING_ROWS, ATHENA),
    ("analyst", "glue:GetTable", TABLE, ATHENA),
    ("analyst", "glue:CreateTable", arn("glue", "table/test_playgrounds/scoring_playground"), ATHENA),
    # Lambda and EventBridge.
    ("lambda", "logs:PutLogEvents", FUNCTION_LOG, REFERENCE),
    ("lambda", "sagemaker:ListModelPackages", f"{PACKAGES}/1", REFERENCE),
    ("lambda", "s3:GetObject", VIOLATIONS, REFERENCE),
    ("lambda", "s3:PutObject", CONSTRAINTS, REFERENCE),
    ("lambda", "s3:GetObject", PROCESSED, REFERENCE),
    ("lambda", "sagemaker:ListCandidatesForAutoMLJob", "*", REFERENCE),
    ("lambda", "s3:PutObject", CANDIDATES, REFERENCE),
    ("card", "logs:PutLogEvents", FUNCTION_LOG.replace("resolve-deployment", "write-model-card"), REFERENCE),
    ("card", "s3:GetObject", CARD, REFERENCE),
    ("card", "sagemaker:UpdateModelPackage", f"{PACKAGES}/1", REFERENCE),
    # CloudFormation, with an AlertEmail.
    ("cloudformation", "sns:GetSubscriptionAttributes", "*", REFERENCE),
    ("cloudformation", "sns:SetSubscriptionAttributes", "*", REFERENCE),
    ("cloudformation", "sns:Unsubscribe", "*", REFERENCE),
    ("events", "sagemaker:StartPipelineExecution", PIPELINE, REFERENCE),
    ("events", "sns:Publish", arn("sns", "test-playgrounds-alerts"), REFERENCE),
]  # fmt: skip

MUST_NOT = [
    ("glue", "s3:DeleteObject", bucket("raw", "income/year=2016/income.parquet")),
    ("glue", "s3:PutObject", bucket("models", "test-playground-accessibility/0f/TrainXGBoost/output/model.tar.gz")),
    ("glue", "s3:PutObject", bucket("code", "code/0f/feeds.py")),
    ("glue", "s3:GetObject", f"arn:aws:s3:::playgrounds-raw-{ACCOUNT}-{REGION}/income/year=2016/income.parquet"),
    ("glue", "glue:DeleteTable", TABLE),
    ("glue", "glue:CreateTable", arn("glue", "table/playgrounds/income")),
    ("glue", "sagemaker:StartPipelineExecution", PIPELINE),
    ("jobs", "s3:PutObject", bucket("processed", "playgrounds_income/year=2026/month=1/day=1/p.parquet")),
    ("jobs", "s3:PutObject", bucket("code", "code/0f/sourcedir.tar.gz")),
    ("jobs", "s3:DeleteObject", RESULT),
    ("jobs", "s3:GetObject", bucket("raw", "parks/year=2026/month=1/day=1/parks.parquet")),
    ("jobs", "s3:GetObject", bucket("models", "athena-results/0f.csv")),
    *[
        (name, action, resource)
        for name in ("jobs", "model")
        for action, resource in (
            ("iam:PassRole", role("test-playgrounds-jobs")),
            ("iam:PassRole", role("test-playgrounds-model")),
            ("sagemaker:CreateTrainingJob", arn("sagemaker", f"training-job/{JOB}")),
            ("sagemaker:CreateModel", arn("sagemaker", f"model/{JOB}")),
            ("sagemaker:CreateModelPackage", f"{PACKAGES}/1"),
            ("sagemaker:CreateEndpoint", ENDPOINT),
            ("sagemaker:UpdateEndpoint", ENDPOINT),
            ("sagemaker:UpdateModelPackage", f"{PACKAGES}/1"),
            ("sqs:SendMessage", arn("sqs", "test-playgrounds-deployments")),
            ("lambda:InvokeFunction", arn("lambda", "function:test-playgrounds-resolve-data-version")),
        )
    ],
    ("lambda", "s3:PutObject", PROCESSED),
    ("lambda", "s3:PutObject", RESULT),
    ("lambda", "sagemaker:CreateAutoMLJob", AUTOML_JOB),
    ("model", "s3:PutObject", RESULT),
    ("model", "s3:PutObject", EVALUATION),
    ("model", "s3:GetObject", bucket("code", "code/0f/processing/engineer_features.py")),
    ("model", "s3:GetObject", bucket("processed", "playgrounds_income/year=2026/month=1/day=1/p.parquet")),
    ("sagemaker", "s3:PutObject", RESULT),
    ("sagemaker", "iam:PassRole", role("test-playgrounds-sagemaker")),
    ("sagemaker", "sagemaker:UpdateModelPackage", f"{PACKAGES}/1"),
    ("sagemaker", "sagemaker:DeleteEndpoint", ENDPOINT),
    ("sagemaker", "sagemaker:UpdateEndpoint", ENDPOINT),
    ("sagemaker", "sqs:ReceiveMessage", arn("sqs", "test-playgrounds-deployments")),
    ("deployment", "sagemaker:UpdateEndpoint", arn("sagemaker", "endpoint/playground-accessibility")),
    ("deployment", "sagemaker:DeleteEndpoint", ENDPOINT),
    ("deployment", "sagemaker:UpdateModelPackage", arn("sagemaker", "model-package/test-playground-accessibility/1")),
    ("deployment", "cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:test-playgrounds-endpoint-errors")),
    ("deployment", "iam:PassRole", role("test-playgrounds-sagemaker")),
    ("sagemaker", "sagemaker:CreateNotebookInstance", arn("sagemaker", "notebook-instance/x")),
    ("sagemaker", "iam:PassRole", role("Administrator")),
    ("sagemaker", "iam:PassRole", role("test-playgrounds-glue")),
    ("events", "sagemaker:StartPipelineExecution", arn("sagemaker", "pipeline/playground-accessibility")),
    ("events", "sagemaker:UpdatePipeline", PIPELINE),
    ("analyst", "sagemaker:UpdateEndpoint", ENDPOINT),
    ("analyst", "sagemaker:UpdateModelPackage", f"{PACKAGES}/1"),
    ("analyst", "sagemaker:InvokeEndpoint", arn("sagemaker", "endpoint/playground-accessibility")),
    ("analyst", "s3:PutObject", bucket("processed", "playgrounds_income/year=2026/month=1/day=1/p.parquet")),
    ("analyst", "glue:DeleteTable", TABLE),
    ("analyst", "glue:CreateTable", arn("glue", "table/default/scoring_playground")),
    ("analyst", "glue:CreateDatabase", arn("glue", "database/test_playgrounds")),
    ("analyst", "athena:StartQueryExecution", arn("athena", "workgroup/primary")),
    ("lambda", "s3:GetObject", bucket("processed", "_playgrounds_income-staging-0f0f/part-0.parquet")),
    ("lambda", "s3:GetObject", bucket("raw", "parks/year=2026/month=1/day=1/parks.parquet")),
    ("lambda", "s3:PutObject", VIOLATIONS),
    ("lambda", "s3:GetObject", RESULT),
    ("lambda", "sagemaker:UpdateEndpoint", ENDPOINT),
    ("lambda", "sagemaker:UpdateModelPackage", f"{PACKAGES}/1"),
    ("lambda", "cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:test-playgrounds-endpoint-errors")),
    ("card", "sagemaker:UpdateModelPackage", arn("sagemaker", "model-package/playground-accessibility/1")),
    ("card", "sagemaker:CreateModelPackage", f"{PACKAGES}/1"),
    ("card", "s3:PutObject", CARD),
    ("card", "s3:GetObject", EVALUATION),
    ("cloudformation", "s3:DeleteObject", bucket("raw", "income/year=2016/income.parquet")),
    ("cloudformation", "s3:DeleteBucket", bucket("code")),
    ("cloudformation", "iam:CreateRole", role("Administrator")),
    ("cloudformation", "iam:PutRolePolicy", role("test-playgrounds-cloudformation")),
    ("cloudformation", "iam:PutRolePolicy", role("test-playgrounds-codebuild")),
    ("cloudformation", "iam:DeleteRolePermissionsBoundary", role("test-playgrounds-glue")),
    ("cloudformation", "iam:AttachRolePolicy", role("test-playgrounds-glue")),
    ("cloudformation", "iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/test-playgrounds-boundary"),
    ("cloudformation", "lambda:UpdateFunctionCode", arn("lambda", "function:playgrounds-resolve-deployment")),
    ("codebuild", "cloudformation:CreateStack", arn("cloudformation", "stack/test-playgrounds/*")),
    ("codebuild", "cloudformation:UpdateStack", arn("cloudformation", "stack/test-playgrounds/*")),
    ("codebuild", "cloudformation:ExecuteChangeSet", arn("cloudformation", "stack/test-playgrounds-bootstrap/0f")),
    ("codebuild", "iam:CreateRole", role("test-playgrounds-glue")),
    ("codebuild", "iam:PassRole", role("test-playgrounds-lambda")),
    ("codebuild", "s3:PutObject", bucket("raw", "income/year=2016/income.parquet")),
    ("codebuild", "sagemaker:UpdateModelPackage", f"{PACKAGES}/1"),
    ("codebuild", "sagemaker:StartPipelineExecution", PIPELINE),
]  # fmt: skip


def may(role_name: str, action: str, resource: str) -> bool:
    """Return whether a role's policies allow a call, if the conditions hold."""
    return any(
        any(fnmatchcase(action.lower(), pattern.lower()) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))
        for statement in statements(ROLES[role_name])
    )


@pytest.mark.parametrize(("name", "action", "resource", "page"), SERVICES_DO)
def test_a_role_allows_what_the_services_do_with_it(name, action, resource, page):
    assert may(name, action, resource), f"{action} on {resource}: see {page}"


@pytest.mark.parametrize(("name", "action", "resource"), MUST_NOT)
def test_a_role_does_not_allow_what_its_component_never_does(name, action, resource):
    assert not may(name, action, resource)


def test_what_writes_cards_cannot_approve():
    """With a status in the request, IAM's condition key is there, and nothing allows the call."""
    (statement,) = (
        each for each in statements(ROLES["card"]) if "sagemaker:UpdateModelPackage" in as_list(each["Action"])
    )
    assert statement["Condition"] == {"Null": {"sagemaker:ModelApprovalStatus": "true"}}


def test_every_role_is_looked_at_from_both_sides():
    assert {name for name, *_ in MUST_NOT} == set(ROLES)
