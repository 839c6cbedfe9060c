"""What AWS would ask of a caller: the IAM actions and resources of a line of local_aws' call log.

As the Service Authorization Reference has them, which names the actions an API operation needs and the resources that
each is checked on. Pure: a line in, demands out. An operation that is not mapped raises, so that nothing slips through,
and so does a mapping to an action that AWS does not have, or to a resource that the action is not about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.infrastructure.demand import Demand, Place, Request, UnmappedOperationError, pass_role, tags_of
from tests.infrastructure.iam_reference import actions_of, concerns, knows_resources
from tests.infrastructure.other_actions import (
    budget_demands,
    quota_demands,
    registry_demands,
    scaling_demands,
    topic_demands,
)
from tests.infrastructure.s3_actions import s3_demands


def demands(line: Mapping[str, Any], place: Place | None = None) -> list[Demand]:
    """Return what a call demands.

    Parameters
    ----------
    line
        A line of ``calls.jsonl``.
    place
        Account and region.

    Raises
    ------
    UnmappedOperationError
        Naming the operation.
    """
    service, operation, request = line["service"], line["operation"], line["request"]
    place = place or Place()
    find = _SERVICES.get(service)
    found = find(operation, request, place) if find else None
    if found is None:
        raise UnmappedOperationError(f"{service}:{operation} has no actions written down")
    return [_as_checked(one, f"{service}:{operation}") for one in found]


def _as_checked(one: Demand, operation: str) -> Demand:
    """Return a demand as AWS checks it: on everything, where the action knows no resources."""
    if not actions_of(one.action):
        raise UnmappedOperationError(f"{operation}: AWS has no action {one.action}")
    if not knows_resources(one.action):
        return dataclasses.replace(one, resource="*")
    if not concerns(one.action, one.resource):
        raise UnmappedOperationError(f"{operation}: AWS's {one.action} is not about {one.resource}")
    return one


_GLUE_TABLES = ("CreateTable", "DeleteTable", "GetTable", "GetTables", "UpdateTable", "BatchDeleteTable")


def _glue(operation: str, request: Request, place: Place) -> list[Demand] | None:
    """The catalog is checked on catalog, database and table; the rest on what it names."""
    action = f"glue:{operation}"
    is_partition = "Partition" in operation
    if operation in _GLUE_TABLES or is_partition:
        table = request.get("TableName") or request.get("Name") or request.get("TableInput", {}).get("Name") or "*"
        names = [f"database/{request['DatabaseName']}", f"table/{request['DatabaseName']}/{table}"]
        return [Demand(action, place.arn("glue", name)) for name in ("catalog", *names)]
    if operation.endswith(("Database", "Databases")):
        name = request.get("Name") or request.get("DatabaseInput", {}).get("Name") or "*"
        return [Demand(action, place.arn("glue", one)) for one in ("catalog", f"database/{name}")]
    if operation in ("TagResource", "UntagResource", "GetTags"):
        return [Demand(action, request["ResourceArn"], tags_of(request))]
    for kind in ("Crawler", "Workflow", "Trigger", "Job"):
        if kind in operation:
            name = request.get("Name") or request.get(f"{kind}Name")
            passed = pass_role(request, place, "glue", "Role")
            return [Demand(action, place.arn("glue", f"{kind.lower()}/{name}"), tags_of(request)), *passed]
    return None


_SAGEMAKER_KINDS = {
    "AutoMLJob": "automl-job",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
    "ModelPackageGroup": "model-package-group",
    "ModelPackage": "model-package",
    "Model": "model",
    "Pipeline": "pipeline",
    "ProcessingJob": "processing-job",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
}


def _sagemaker(operation: str, request: Request, place: Place) -> list[Demand] | None:
    action = f"sagemaker:{operation}"
    if operation in ("AddTags", "DeleteTags", "ListTags"):
        return [Demand(action, request["ResourceArn"], tags_of(request))]
    if operation == "ListCandidatesForAutoMLJob":
        return [Demand(action, place.arn("sagemaker", f"automl-job/{request['AutoMLJobName'].lower()}"))]
    if operation.startswith("SendPipelineExecutionStep"):
        # The token names the execution, and is not in the log.
        return [Demand(action, place.arn("sagemaker", "pipeline/playground-accessibility/execution/0f0f0f0f0f0f"))]
    if "PipelineExecution" in operation and operation not in ("StartPipelineExecution", "ListPipelineExecutions"):
        return [Demand(action, request["PipelineExecutionArn"])]
    if operation == "DescribePipelineDefinitionForExecution" or operation == "ListPipelineParametersForExecution":
        return [Demand(action, request["PipelineExecutionArn"])]
    if operation == "ListPipelineExecutions" or operation == "StartPipelineExecution":
        return [Demand(action, _sagemaker_arn("pipeline", request["PipelineName"], place))]
    if operation == "ListModelPackages" and "ModelPackageGroupName" in request:
        return [Demand(action, arn) for arn in _named("ModelPackage", request, place)]
    if operation == "ListModelPackages":
        return [Demand(action, place.arn("sagemaker", "model-package/*"))]
    if operation == "BatchDescribeModelPackage":
        return [Demand(action, arn) for arn in request["ModelPackageArnList"]]
    if operation.startswith("List"):
        return [Demand(action, "*")]
    kind = next((kind for kind in _SAGEMAKER_KINDS if operation.endswith(kind)), None)
    if kind is None:
        return None
    # What a role of the deployment stops is the deployment's own.
    own = (("aws:ResourceTag/Stack", f"{place.prefix}playgrounds"),) if operation.startswith("Stop") else ()
    found = [Demand(action, arn, (*tags_of(request), *own)) for arn in _named(kind, request, place)]
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        found.append(Demand(action, _sagemaker_arn("endpoint-config", request["EndpointConfigName"], place)))
    if operation.startswith("Create"):
        # Also without tags of the request: a pipeline tags each resource in the call that creates it.
        creating = ("sagemaker:TaggingAction", operation)
        found += [Demand("sagemaker:AddTags", one.resource, (*one.context, creating)) for one in found[:1]]
    return found + list(pass_role(request, place, "sagemaker", "RoleArn", "ExecutionRoleArn"))


def _named(kind: str, request: Request, place: Place) -> list[str]:
    name = request.get(f"{kind}Name") or request.get(f"{kind}Arn")
    if name is None:
        name = f"{request['ModelPackageGroupName'].rpartition('/')[2]}/*"
    return [_sagemaker_arn(_SAGEMAKER_KINDS[kind], name, place)]


def _sagemaker_arn(kind: str, name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("sagemaker", f"{kind}/{name.lower()}")


def _by_arn(service: str, *members: str, otherwise: Callable[[Request, Place], str] | None = None) -> Any:
    """Map every operation of a service to the action of its name, on the ARN that a member gives."""

    def find(operation: str, request: Request, place: Place) -> list[Demand] | None:
        given = next((request[member] for member in members if member in request), None)
        resource = given or (otherwise(request, place) if otherwise else "*")
        return [Demand(f"{service}:{operation}", resource, tags_of(request)), *_passed(service, request, place)]

    return find


def _passed(service: str, request: Request, place: Place) -> Sequence[Demand]:
    return list(pass_role(request, place, service, "Role", "RoleArn", "RoleARN", "serviceRole"))


def _stacks(operation: str, request: Request, place: Place) -> list[Demand] | None:
    """Everything is checked on the stack; a role to act as is a condition of its own, and passed."""
    name = request.get("StackName", "*")
    stack = name if name.startswith("arn:") else place.arn("cloudformation", f"stack/{name}/*")
    role = (("cloudformation:RoleArn", request["RoleARN"]),) if "RoleARN" in request else ()
    found = [Demand(f"cloudformation:{operation}", stack, (*tags_of(request), *role))]
    return [*found, *pass_role(request, place, "cloudformation", "RoleARN")]


def _iam(operation: str, request: Request, place: Place) -> list[Demand] | None:
    if "RoleName" in request:
        resource = f"arn:aws:iam::{place.account}:role/{request['RoleName']}"
    elif "PolicyArn" in request or "PolicySourceArn" in request:
        resource = request.get("PolicyArn") or request["PolicySourceArn"]
    elif "PolicyName" in request:
        resource = f"arn:aws:iam::{place.account}:policy/{request['PolicyName']}"
    elif "UserName" in request:
        resource = f"arn:aws:iam::{place.account}:user/{request['UserName']}"
    else:
        resource = "*"
    attached = (
        (("iam:PolicyARN", request["PolicyArn"]),)
        if operation.endswith("RolePolicy") and "PolicyArn" in request
        else ()
    )
    bound = (("iam:PermissionsBoundary", request["PermissionsBoundary"]),) if "PermissionsBoundary" in request else ()
    found = [Demand(f"iam:{operation}", resource, tags_of(request) + attached + bound)]
    if operation in ("CreateRole", "CreatePolicy") and tags_of(request):
        found.append(Demand(f"iam:Tag{operation.removeprefix('Create')}", resource, tags_of(request)))
    return found


def _athena(operation: str, request: Request, place: Place) -> list[Demand] | None:
    if operation in ("ListDataCatalogs", "ListWorkGroups"):
        return [Demand(f"athena:{operation}", "*")]
    if operation in ("GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata"):
        catalog = request.get("CatalogName") or request.get("Name")
        return [Demand(f"athena:{operation}", place.arn("athena", f"datacatalog/{catalog}"))]
    if "ResourceARN" in request:
        return [Demand(f"athena:{operation}", request["ResourceARN"], tags_of(request))]
    # Query executions are checked on their work group, which only the request that starts one names.
    group = request.get("WorkGroup") or (request.get("Name") if operation.endswith("WorkGroup") else None)
    return [Demand(f"athena:{operation}", place.arn("athena", f"workgroup/{group or '*'}"), tags_of(request))]


def _logs(operation: str, request: Request, place: Place) -> list[Demand] | None:
    group = place.arn("logs", f"log-group:{request.get('logGroupName', '*')}")
    if operation in ("PutLogEvents", "GetLogEvents", "DeleteLogStream"):
        return [Demand(f"logs:{operation}", f"{group}:log-stream:{request['logStreamName']}")]
    return [Demand(f"logs:{operation}", f"{group}:*", tags_of(request))]


def _lambda(operation: str, request: Request, place: Place) -> list[Demand] | None:
    name = request.get("FunctionName", "*")
    resource = name if name.startswith("arn:") else place.arn("lambda", f"function:{name}")
    if operation.endswith("EventSourceMapping"):
        # A request that names the mapping alone is of the only function that has one.
        only = f"function:{place.prefix}playgrounds-deploy-endpoint"
        function = resource if name != "*" else place.arn("lambda", only)
        mapping = place.arn("lambda", f"event-source-mapping:{request.get('UUID', '*')}")
        return [Demand(f"lambda:{operation}", mapping, (*tags_of(request), ("lambda:FunctionArn", function)))]
    action = {"Invoke": "InvokeFunction"}.get(operation, operation)
    return [
        Demand(f"lambda:{action}", request.get("Resource", resource), tags_of(request)),
        *_passed("lambda", request, place),
    ]


def _events(operation: str, request: Request, place: Place) -> list[Demand] | None:
    rule = request.get("Rule") or (request.get("Name") if operation.endswith("Rule") else None)
    resource = request.get("ResourceARN") or (place.arn("events", f"rule/{rule}") if rule else "*")
    if operation == "PutEvents":
        resource = place.arn("events", "event-bus/default")
    passed = [one for target in request.get("Targets", ()) for one in pass_role(target, place, "events", "RoleArn")]
    return [Demand(f"events:{operation}", resource, tags_of(request)), *passed]


def _queue(request: Request, place: Place) -> str:
    name = request.get("QueueName") or request.get("QueueUrl", "*").rpartition("/")[2]
    return place.arn("sqs", name)


def _cloudwatch(operation: str, request: Request, place: Place) -> list[Demand] | None:
    """Metrics have no ARN, their namespace is a condition; the rest is of alarms."""
    if operation == "PutMetricData":
        return [Demand("cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", request["Namespace"]),))]
    names = [request["AlarmName"]] if "AlarmName" in request else list(request.get("AlarmNames", ()))
    arns = [place.arn("cloudwatch", f"alarm:{name}") for name in names]
    if "ResourceARN" in request:
        arns = [request["ResourceARN"]]
    return [Demand(f"cloudwatch:{operation}", arn, tags_of(request)) for arn in arns or ["*"]]


def _sts(operation: str, request: Request, place: Place) -> list[Demand] | None:
    return [] if operation == "GetCallerIdentity" else [Demand(f"sts:{operation}", request["RoleArn"])]


_SERVICES: dict[str, Callable[[str, Request, Place], list[Demand] | None]] = {
    "application-autoscaling": scaling_demands,
    "athena": _athena,
    "budgets": budget_demands,
    "cloudformation": _stacks,
    "cloudwatch": _cloudwatch,
    "codebuild": _by_arn(
        "codebuild", otherwise=lambda r, p: p.arn("codebuild", f"project/{r.get('projectName', r.get('name', '*'))}")
    ),
    "codeconnections": _by_arn("codeconnections", "ConnectionArn", "ResourceArn"),
    "ecr": registry_demands,
    "events": _events,
    "glue": _glue,
    "iam": _iam,
    "kms": _by_arn("kms", otherwise=lambda r, p: p.arn("kms", f"key/{r.get('KeyId', '*')}")),
    "lambda": _lambda,
    "logs": _logs,
    "s3": s3_demands,
    "sagemaker": _sagemaker,
    "sagemaker-runtime": _by_arn(
        "sagemaker", otherwise=lambda r, p: p.arn("sagemaker", f"endpoint/{r['EndpointName'].lower()}")
    ),
    "service-quotas": quota_demands,
    "sns": topic_demands,
    "sqs": _by_arn("sqs", otherwise=_queue),
    "sts": _sts,
}
