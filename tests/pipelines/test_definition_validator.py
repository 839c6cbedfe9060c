"""The validator itself: it accepts a good definition and names each kind of mistake."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.pipelines.definition_validator import find_problems

Definition = dict[str, Any]
Mistake = Callable[[Definition], None]

_PREPARE = {
    "Name": "Prepare",
    "Type": "Processing",
    "Arguments": {
        "AppSpecification": {"ImageUri": "image", "ContainerArguments": ["--seed", {"Get": "Parameters.Mode"}]},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": {"Get": "Parameters.InstanceType"},
                "InstanceCount": {"Get": "Parameters.Count"},
                "VolumeSizeInGB": 30,
            }
        },
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "report",
                    "S3Output": {
                        "S3Uri": {
                            "Std:Join": {
                                "On": "/",
                                "Values": ["s3://bucket", {"Get": "Execution.PipelineExecutionId"}],
                            }
                        },
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "RoleArn": "arn:aws:iam::123456789012:role/jobs",
    },
    "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}],
}
_GATE = {
    "Name": "Gate",
    "Type": "Condition",
    "Arguments": {
        "Conditions": [
            {
                "Type": "GreaterThan",
                "LeftValue": {
                    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Prepare.PropertyFiles.Report"}, "Path": "f1"}
                },
                "RightValue": {"Get": "Parameters.Threshold"},
            }
        ],
        "IfSteps": [
            {
                "Name": "Model",
                "Type": "Model",
                "Arguments": {
                    "PrimaryContainer": {
                        "Image": "image",
                        "ModelDataUrl": {
                            "Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"
                        },
                    },
                    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/jobs",
                },
            },
            {
                "Name": "Deploy",
                "Type": "Endpoint",
                "Arguments": {"EndpointName": "endpoint", "EndpointConfigName": "config"},
                "DependsOn": ["Model"],
            },
        ],
        "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "too low"}}],
    },
}
_DEFINITION: Definition = {
    "Parameters": [
        {"Name": "Mode", "Type": "String", "DefaultValue": "fast", "EnumValues": ["fast", "thorough"]},
        {"Name": "InstanceType", "Type": "String", "DefaultValue": "ml.m5.large"},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.5},
    ],
    "Steps": [_PREPARE, _GATE],
}


def _job(definition: Definition) -> Any:
    return definition["Steps"][0]["Arguments"]


def _gate(definition: Definition) -> Any:
    return definition["Steps"][1]["Arguments"]


def _put(value: Any, *path: Any) -> Mistake:
    """Set a value below the processing step's arguments."""

    def mistake(definition: Definition) -> None:
        target = _job(definition)
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = value

    return mistake


def _default(index: int, value: Any) -> Mistake:
    """Set another default of a parameter."""
    return lambda definition: definition["Parameters"][index].update(DefaultValue=value)


_CLUSTER = ("ProcessingResources", "ClusterConfig")
_ARGUMENTS = ("AppSpecification", "ContainerArguments")
_MISTAKES: dict[str, tuple[Mistake, str]] = {
    "misspelt member": (_put("x", "AppSpecification", "ImageUrl"), "unknown member 'ImageUrl'"),
    "missing member": (lambda d: _job(d).pop("RoleArn"), "required member 'RoleArn' is missing"),
    "number for a string": (_put([1], *_ARGUMENTS), "wants string, got 1"),
    "string for a number": (_put("1", *_CLUSTER, "InstanceCount"), "wants integer, got '1'"),
    "flag for a number": (_put(True, *_CLUSTER, "InstanceCount"), "wants integer, got True"),
    "string for a list": (_put("--seed", *_ARGUMENTS), "wants a list"),
    "list for a structure": (_put([], "AppSpecification"), "wants a structure"),
    "string for a map": (_put("A=1", "Environment"), "wants a map"),
    "number in a map": (_put({"A": 1}, "Environment"), "wants string, got 1"),
    "no such instance type": (_put("ml.m5.tiny", *_CLUSTER, "InstanceType"), "not one of the values"),
    "number out of range": (_put(0, *_CLUSTER, "InstanceCount"), "less than the minimum 1"),
    "string too long": (_put("x" * 300, "AppSpecification", "ImageUri"), "more than the maximum 255"),
    "empty list": (_put([], *_ARGUMENTS), "less than the minimum 1"),
    "pattern not matched": (_put("arn:aws:iam::1234:role/jobs", "RoleArn"), "does not match"),
    "integer parameter in a string": (
        _put([{"Get": "Parameters.Count"}], *_ARGUMENTS),
        "wants string, got integer",
    ),
    "string parameter in a number": (
        _put({"Get": "Parameters.Mode"}, *_CLUSTER, "InstanceCount"),
        "wants integer, got string",
    ),
    "join in a number": (
        _put({"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Count"}]}}, *_CLUSTER, "InstanceCount"),
        "wants integer, got string",
    ),
    "string parameter for a structure": (
        _put({"Get": "Parameters.Mode"}, "AppSpecification"),
        "wants AppSpecification, got string",
    ),
    "default not allowed by the field": (_default(1, "ml.m5.tiny"), "(parameter InstanceType)"),
    "default out of range": (_default(2, 0), "(parameter Count): 0 is less than"),
    "unknown parameter": (_put([{"Get": "Parameters.Seed"}], *_ARGUMENTS), "no 'Parameters.Seed'"),
    "unknown variable": (_put([{"Get": "Execution.Id"}], *_ARGUMENTS), "no 'Execution.Id'"),
    "unknown reference in a join": (
        _put([{"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Seed"}]}}], *_ARGUMENTS),
        "no 'Parameters.Seed'",
    ),
    "unknown step": (_put([{"Get": "Steps.Train.TrainingJobName"}], *_ARGUMENTS), "no 'Steps.Train"),
    "reference to itself": (_put([{"Get": "Steps.Prepare.RoleArn"}], *_ARGUMENTS), "no 'Steps.Prepare"),
    "reference to the other branch": (
        lambda d: _gate(d)["ElseSteps"][0].update(DependsOn=["Model"]),
        "there is no step 'Model' to wait for",
    ),
    "nested condition": (
        lambda d: _gate(d)["IfSteps"].append({**copy.deepcopy(d["Steps"][1]), "Name": "Inner"}),
        "stands in a branch of another",
    ),
    "unknown property": (
        lambda d: _gate(d)["IfSteps"][0]["Arguments"].update(ExecutionRoleArn={"Get": "Steps.Prepare.Role"}),
        "no 'Steps.Prepare.Role'",
    ),
    "unknown output": (
        lambda d: _gate(d)["IfSteps"][0]["Arguments"]["PrimaryContainer"].update(
            ModelDataUrl={"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['plots'].S3Output.S3Uri"}
        ),
        "Outputs['plots']",
    ),
    "property of another type": (
        lambda d: _gate(d)["IfSteps"][0]["Arguments"].update(
            ExecutionRoleArn={"Get": "Steps.Prepare.ProcessingEndTime.x"}
        ),
        "no 'Steps.Prepare.ProcessingEndTime.x'",
    ),
    "number property in a string": (
        lambda d: _gate(d)["IfSteps"][1]["Arguments"].update(
            EndpointName={"Get": "Steps.Prepare.StoppingCondition.MaxRuntimeInSeconds"}
        ),
        "wants string, got integer",
    ),
    "unknown property file": (
        lambda d: d["Steps"][0].pop("PropertyFiles"),
        "no property file 'Steps.Prepare.PropertyFiles.Report'",
    ),
    "property file of no output": (
        lambda d: d["Steps"][0]["PropertyFiles"][0].update(OutputName="plots"),
        "there is no output 'plots'",
    ),
    "unknown condition": (lambda d: _gate(d)["Conditions"][0].update(Type="Above"), "unknown type 'Above'"),
    "incomparable values": (
        lambda d: _gate(d)["Conditions"][0].update(LeftValue={"Get": "Parameters.Mode"}),
        "compares string with float",
    ),
    "unknown dependency": (lambda d: d["Steps"][0].update(DependsOn=["Fetch"]), "no step 'Fetch' to wait for"),
    "duplicate name": (lambda d: _gate(d)["ElseSteps"][0].update(Name="Prepare"), "name used twice"),
    "bad name": (lambda d: d["Steps"][0].update(Name="Prepare_data"), "SageMaker's pattern"),
    "unknown step type": (lambda d: _gate(d)["ElseSteps"][0].update(Type="Abort"), "unknown type 'Abort'"),
    "retries of a condition": (lambda d: d["Steps"][1].update(RetryPolicies=[]), "has no 'RetryPolicies'"),
    "retries of an endpoint": (
        lambda d: _gate(d)["IfSteps"][1].update(RetryPolicies=[]),
        "a Endpoint step has no 'RetryPolicies'",
    ),
    "message that is no string": (
        lambda d: _gate(d)["ElseSteps"][0]["Arguments"].update(ErrorMessage={"Get": "Parameters.Count"}),
        "ErrorMessage: wants string, got integer",
    ),
}


def test_good_definition_has_no_problems():
    assert find_problems(_DEFINITION) == []


@pytest.mark.parametrize("name", _MISTAKES)
def test_mistake_is_named(name):
    mistake, expected = _MISTAKES[name]
    definition = copy.deepcopy(_DEFINITION)
    mistake(definition)

    assert [problem for problem in find_problems(definition) if expected in problem]
