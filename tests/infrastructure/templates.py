"""Reads our templates and works their functions out, as CloudFormation would for given parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

FOLDER = Path(__file__).resolve().parents[2] / "infrastructure"
ACCOUNT, REGION = "123456789012", "eu-central-1"

BUILD = {
    "SourceRepository": "parks/playgrounds",
    "ConnectionArn": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/1f2e",
}
"""Parameters of a bootstrap stack with a build."""

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()
_NAME_PROPERTIES = {
    "AWS::Athena::WorkGroup": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CodeBuild::Project": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Glue::Crawler": "Name",
    "AWS::Glue::Job": "Name",
    "AWS::Glue::Trigger": "Name",
    "AWS::Glue::Workflow": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
}
_ARNS = {
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
}
_REF_IS_ARN = frozenset({"AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"})


@dataclass(frozen=True)
class Resource:
    """A resource, its functions worked out.

    Parameters
    ----------
    type
        E.g. ``"AWS::Glue::Job"``.
    properties
        Its properties.
    declared
        All that the template says of it, as it stands there.
    """

    type: str
    properties: Mapping[str, Any]
    declared: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        if self.type == "AWS::Glue::Database":
            return self.properties["DatabaseInput"]["Name"]
        if self.type == "AWS::Budgets::Budget":
            return self.properties["Budget"]["BudgetName"]
        return self.properties.get(_NAME_PROPERTIES.get(self.type, ""))


@cache
def load(name: str) -> Any:
    """Read a template by its file name."""
    return cfn_yaml.load(str(FOLDER / name))


def resolve(name: str, **parameters: str) -> dict[str, Resource]:
    """Work a template out.

    Parameters
    ----------
    name
        File name of the template.
    parameters
        Values; the others take their defaults.

    Returns
    -------
    dict
        The resources whose conditions hold, by logical id.
    """
    resolver = _Resolver(load(name), parameters)
    return {
        logical_id: Resource(declared["Type"], resolver.resolve(declared.get("Properties", {})), declared)
        for logical_id, declared in load(name)["Resources"].items()
        if "Condition" not in declared or resolver.holds(declared["Condition"])
    }


def outputs(name: str, **parameters: str) -> dict[str, str]:
    """Work a template's outputs out."""
    resolver = _Resolver(load(name), parameters)
    return {
        output: resolver.resolve(declared["Value"])
        for output, declared in load(name)["Outputs"].items()
        if "Condition" not in declared or resolver.holds(declared["Condition"])
    }


def as_list(value: Any) -> list[Any]:
    """Return what policies write as one value or several as a list."""
    return list(value) if isinstance(value, list) else [value]


def statements(resource: Resource) -> Iterable[Mapping[str, Any]]:
    """Return the permission statements of a role, a policy or a boundary."""
    documents = [policy["PolicyDocument"] for policy in resource.properties.get("Policies", [])]
    if resource.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        documents.append(resource.properties["PolicyDocument"])
    for document in documents:
        yield from document["Statement"]


class _Resolver:
    def __init__(self, template: Any, parameters: Mapping[str, str]) -> None:
        self._template = template
        defaults = {parameter: declared["Default"] for parameter, declared in template["Parameters"].items()}
        self._values = {**_PSEUDO, **defaults, **parameters}

    def holds(self, condition: str) -> bool:
        return self._condition(self._template["Conditions"][condition])

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function.startswith("Fn::"):
                return self._function(function.removeprefix("Fn::"), argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def _condition(self, condition: Any) -> bool:
        ((function, argument),) = condition.items()
        if function == "Fn::Not":
            return not self._condition(argument[0])
        if function == "Fn::And":
            return all(map(self._condition, argument))
        assert function == "Fn::Equals", function
        left, right = self.resolve(argument)
        return left == right

    def _function(self, function: str, argument: Any) -> Any:
        if function == "If":
            condition, yes, no = argument
            return self.resolve(yes if self.holds(condition) else no)
        if function == "Join":
            separator, parts = argument
            return separator.join(str(part) for part in self.resolve(parts))
        if function == "Split":
            separator, text = argument
            return self.resolve(text).split(separator)
        if function == "GetAtt":
            logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
            return self._attribute(logical_id, attribute)
        assert function == "Sub", function
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known = self.resolve(variables)
        return re.sub(r"\$\{([^}]+)\}", lambda match: self._substitute(match[1], known), text)

    def _substitute(self, name: str, known: Mapping[str, Any]) -> str:
        if name in known:
            return str(known[name])
        logical_id, _, attribute = name.partition(".")
        return str(self._attribute(logical_id, attribute) if attribute else self._ref(name))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._values:
            return self._values[name]
        resource = self._resource(name)
        if resource.type == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{resource.name}"
        return self._attribute(name, "Arn") if resource.type in _REF_IS_ARN else resource.name

    def _attribute(self, logical_id: str, attribute: str) -> str:
        resource = self._resource(logical_id)
        if attribute == "QueueName":
            return str(resource.name)
        assert attribute == "Arn", attribute
        return _ARNS[resource.type].format(resource.name)

    def _resource(self, logical_id: str) -> Resource:
        """Return a resource with as little worked out as its name needs."""
        declared = self._template["Resources"][logical_id]
        kind, properties = declared["Type"], declared.get("Properties", {})
        wanted = {"AWS::Glue::Database": "DatabaseInput", "AWS::Budgets::Budget": "Budget"}
        named_by = wanted.get(kind) or _NAME_PROPERTIES[kind]
        return Resource(kind, {named_by: self.resolve(properties[named_by])}, declared)
