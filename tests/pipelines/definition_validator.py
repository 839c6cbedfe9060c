"""Validation of a pipeline definition against botocore's model of the SageMaker API.

Every step's ``Arguments`` are held against the request of the operation that the service will call. A placeholder
has the type of what it stands for: a parameter its declared type, a step's property that of the ``Describe…`` answer,
a join is a string; it must fit the type of the field it stands in. Literals, defaults of parameters among them, must
also fit the field's enumeration, length, range and pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape

_PLACEHOLDERS = ("Get", "Std:Join", "Std:JsonGet")
_STRING, _INTEGER, _FLOAT, _BOOLEAN, _SCALAR = "string", "integer", "float", "boolean", "any scalar"
_PARAMETER_TYPES = {"String": _STRING, "Integer": _INTEGER, "Float": _FLOAT, "Boolean": _BOOLEAN}
_FIELD_TYPES = {"long": _INTEGER, "double": _FLOAT, "timestamp": _STRING}
_EXECUTION_VARIABLES = frozenset(
    {
        "StartDateTime",
        "CurrentDateTime",
        "PipelineName",
        "PipelineArn",
        "PipelineExecutionId",
        "PipelineExecutionArn",
        "TrainingJobName",
        "ProcessingJobName",
    }
)
_COMPARISONS = frozenset({"Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})
_STEP_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,63}")
_PATH_PART = re.compile(r"\.(?P<member>\w+)|\['(?P<key>[^']+)'\]|\[(?P<index>\d+)\]")


@dataclass(frozen=True)
class StepType:
    """What the service does with a step: operation to call, name it makes up for it, answer others refer to."""

    operation: str
    describe: str
    generated_name: str | None = None
    retryable: bool = True


STEP_TYPES = {
    "Processing": StepType("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName"),
    "Training": StepType("CreateTrainingJob", "DescribeTrainingJob", "TrainingJobName"),
    "Transform": StepType("CreateTransformJob", "DescribeTransformJob", "TransformJobName"),
    "AutoML": StepType("CreateAutoMLJob", "DescribeAutoMLJob", "AutoMLJobName"),
    "RegisterModel": StepType("CreateModelPackage", "DescribeModelPackage"),
    "Model": StepType("CreateModel", "DescribeModel", "ModelName"),
    "EndpointConfig": StepType("CreateEndpointConfig", "DescribeEndpointConfig"),
    "Endpoint": StepType("CreateEndpoint", "DescribeEndpoint", retryable=False),
    "QualityCheck": StepType("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName", retryable=False),
}
_CHECK_MEMBERS = {
    "SkipCheck": _BOOLEAN,
    "FailOnViolation": _BOOLEAN,
    "RegisterNewBaseline": _BOOLEAN,
    "CheckType": _STRING,
    "ModelPackageGroupName": _STRING,
    "SuppliedBaselineStatistics": _STRING,
    "SuppliedBaselineConstraints": _STRING,
}
"""What a check step has beside its job; null is as good as left out."""
_CHECK_PROPERTIES = frozenset(
    f"{baseline}{kind}"
    for baseline in ("CalculatedBaseline", "BaselineUsedForDriftCheck")
    for kind in ("Statistics", "Constraints")
)
_COMMON_MEMBERS = frozenset({"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description"})


def find_problems(definition: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a definition, a line each; empty if nothing is.

    Parameters
    ----------
    definition : Mapping[str, Any]
        Parsed pipeline definition.
    """
    return list(_Validator(definition).problems())


@cache
def _service_model() -> Any:
    """Botocore's model of SageMaker."""
    return botocore.session.Session().get_service_model("sagemaker")


def _queue_url_shape() -> Shape:
    """Botocore's shape of a queue's URL in a Callback step."""
    return _service_model().shape_for("CallbackStepMetadata").members["SqsQueueUrl"]


@cache
def _lambda_model() -> Any:
    """Botocore's model of Lambda."""
    return botocore.session.Session().get_service_model("lambda")


class _Validator:
    """One pass over one definition."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._definition = definition
        self._parameters = {parameter["Name"]: parameter for parameter in definition["Parameters"]}
        self._steps: dict[str, Mapping[str, Any]] = {}

    def problems(self) -> Iterator[str]:
        """Yield every problem."""
        names = [step["Name"] for step in _all_steps(self._definition["Steps"])]
        yield from (f"step {name}: name used twice" for name in sorted({n for n in names if names.count(n) > 1}))
        self._steps = {step["Name"]: step for step in _all_steps(self._definition["Steps"])}
        always = frozenset(step["Name"] for step in self._definition["Steps"])
        for step in self._definition["Steps"]:
            yield from self._checked(step, always)
            if step["Type"] == "Condition":
                for branch in (step["Arguments"]["IfSteps"], step["Arguments"]["ElseSteps"]):
                    for inner in branch:
                        yield from self._checked(inner, always | {other["Name"] for other in branch})
                        if inner["Type"] == "Condition":
                            yield f"step {inner['Name']}: a Condition step stands in a branch of another"

    def _checked(self, step: Mapping[str, Any], visible: frozenset[str]) -> Iterator[str]:
        """Check one step, which may refer to steps of its own branch and outside of branches.

        What becomes of a step that refers into another branch is not documented.
        """
        for problem in self._step(step, visible - {step["Name"]}):
            yield f"step {step['Name']}: {problem}"

    def _step(self, step: Mapping[str, Any], visible: frozenset[str]) -> Iterator[str]:
        """Check one step, the steps inside it aside."""
        if not _STEP_NAME.fullmatch(step["Name"]):
            yield "name does not fit SageMaker's pattern"
        yield from self._members(step)
        for name in step.get("DependsOn", []):
            if name not in visible:
                yield f"DependsOn: there is no step {name!r} to wait for"
        outputs = {output["OutputName"] for output in _processing_outputs(step)}
        for file in step.get("PropertyFiles", []):
            if file["OutputName"] not in outputs:
                yield f"PropertyFiles: there is no output {file['OutputName']!r}"

        arguments = step["Arguments"]
        if step["Type"] == "Condition":
            for condition in arguments["Conditions"]:
                yield from self._condition(condition, visible)
        elif step["Type"] == "Fail":
            yield from self._scalar(_STRING, arguments["ErrorMessage"], "ErrorMessage", visible)
        elif step["Type"] in STEP_TYPES:
            step_type = STEP_TYPES[step["Type"]]
            shape = _service_model().operation_model(step_type.operation).input_shape
            generated = {step_type.generated_name: "named-by-the-service"} if step_type.generated_name else {}
            yield from self._value(shape, {**generated, **arguments}, step_type.operation, visible)
            for member, kind in _CHECK_MEMBERS.items():
                if step.get(member) is not None:
                    yield from self._scalar(kind, step[member], member, visible)
        elif step["Type"] == "Callback":
            yield from _literal_problems(_queue_url_shape(), step["SqsQueueUrl"], "SqsQueueUrl")
            for name, value in arguments.items():
                yield from self._scalar(_SCALAR, value, f"Arguments.{name}", visible)
        elif step["Type"] == "Lambda":
            function = _lambda_model().operation_model("Invoke").input_shape.members["FunctionName"]
            yield from _literal_problems(function, step["FunctionArn"], "FunctionArn")
            for name, value in arguments.items():
                yield from self._scalar(_SCALAR, value, f"Arguments.{name}", visible)

    @staticmethod
    def _members(step: Mapping[str, Any]) -> Iterator[str]:
        """Check which settings stand beside the step's arguments."""
        allowed = set(_COMMON_MEMBERS)
        if step["Type"] in STEP_TYPES:
            allowed.add("CacheConfig")
            if STEP_TYPES[step["Type"]].retryable:
                allowed.add("RetryPolicies")
        elif step["Type"] == "Lambda":
            allowed |= {"FunctionArn", "OutputParameters", "CacheConfig"}
        elif step["Type"] == "Callback":
            allowed |= {"SqsQueueUrl", "OutputParameters", "CacheConfig"}
        elif step["Type"] not in {"Condition", "Fail"}:
            yield f"unknown type {step['Type']!r}"
        if step["Type"] == "Processing":
            allowed.add("PropertyFiles")
        elif step["Type"] == "QualityCheck":
            allowed |= _CHECK_MEMBERS.keys()
        for member in sorted(step.keys() - allowed):
            yield f"a {step['Type']} step has no {member!r}"

    def _condition(self, condition: Mapping[str, Any], visible: frozenset[str]) -> Iterator[str]:
        """Check a condition, and those inside it."""
        kind = condition["Type"]
        if kind in _COMPARISONS:
            types = []
            for side in ("LeftValue", "RightValue"):
                yield from self._scalar(_SCALAR, condition[side], f"Conditions.{side}", visible)
                types.append(self._type_of(condition[side]))
            if _SCALAR not in types and types[0] != types[1] and not set(types) <= {_INTEGER, _FLOAT}:
                yield f"Conditions: {kind} compares {types[0]} with {types[1]}"
        elif kind == "In":
            for value in (condition["QueryValue"], *condition["Values"]):
                yield from self._scalar(_SCALAR, value, "Conditions.In", visible)
        elif kind == "Not":
            yield from self._condition(condition["Condition"], visible)
        elif kind == "Or":
            for inner in condition["Conditions"]:
                yield from self._condition(inner, visible)
        else:
            yield f"Conditions: unknown type {kind!r}"

    def _value(self, shape: Shape, value: Any, path: str, visible: frozenset[str]) -> Iterator[str]:
        """Check a value against the field it stands in."""
        if _is_placeholder(value):
            yield from self._placeholder(shape, value, path, visible)
        elif shape.type_name == "structure":
            if not isinstance(value, dict):
                yield f"{path}: wants a structure, got {value!r}"
                return
            for member in sorted(value.keys() - shape.members.keys()):
                yield f"{path}: unknown member {member!r}"
            for member in shape.required_members:
                if member not in value:
                    yield f"{path}: required member {member!r} is missing"
            for member in value.keys() & shape.members.keys():
                yield from self._value(shape.members[member], value[member], f"{path}.{member}", visible)
        elif shape.type_name == "list":
            if not isinstance(value, list):
                yield f"{path}: wants a list, got {value!r}"
                return
            yield from _size_problems(shape, len(value), path)
            for index, item in enumerate(value):
                yield from self._value(shape.member, item, f"{path}[{index}]", visible)
        elif shape.type_name == "map":
            if not isinstance(value, dict):
                yield f"{path}: wants a map, got {value!r}"
                return
            yield from _size_problems(shape, len(value), path)
            for key, item in value.items():
                yield from _literal_problems(shape.key, key, f"{path} key")
                yield from self._value(shape.value, item, f"{path}[{key!r}]", visible)
        else:
            yield from _literal_problems(shape, value, path)

    def _placeholder(self, shape: Shape, value: Any, path: str, visible: frozenset[str]) -> Iterator[str]:
        """Check that a placeholder can be resolved, and that its type is the field's."""
        field_type = _field_type(shape)
        yield from self._scalar(field_type, value, path, visible)
        parameter = self._parameters.get(value.get("Get", "").removeprefix("Parameters."))
        if parameter and _fits(self._type_of(value), field_type):
            for literal in [parameter.get("DefaultValue"), *parameter.get("EnumValues", [])]:
                if literal is not None:
                    yield from _literal_problems(shape, literal, f"{path} (parameter {parameter['Name']})")

    def _scalar(self, wanted: str, value: Any, path: str, visible: frozenset[str]) -> Iterator[str]:
        """Check a scalar, its placeholders included, against a type."""
        problems = list(self._reference_problems(value, visible))
        yield from (f"{path}: {problem}" for problem in problems)
        if not problems and not _fits(self._type_of(value), wanted):
            yield f"{path}: wants {wanted}, got {self._type_of(value)} {value!r}"

    def _reference_problems(self, value: Any, visible: frozenset[str]) -> Iterator[str]:
        """Say what of a value cannot be resolved where it stands."""
        if not _is_placeholder(value):
            return
        if "Std:Join" in value:
            for part in value["Std:Join"]["Values"]:
                yield from self._reference_problems(part, visible)
        elif "Std:JsonGet" in value:
            reference = value["Std:JsonGet"]["PropertyFile"]["Get"]
            _, name, member, file = f"{reference}...".split(".")[:4]
            files = {file["PropertyFileName"] for file in self._steps.get(name, {}).get("PropertyFiles", [])}
            if name not in visible or member != "PropertyFiles" or file not in files:
                yield f"there is no property file {reference!r}"
        else:
            reference = value["Get"]
            kind, name = f"{reference}.".split(".")[:2]
            known = {"Parameters": self._parameters.keys(), "Execution": _EXECUTION_VARIABLES, "Steps": visible}
            is_step = kind == "Steps" and name in visible
            found = is_step and (self._lambda_output(reference) or self._property_shape(reference))
            if name not in known.get(kind, ()) or (is_step and not found):
                yield f"there is no {reference!r}"

    def _type_of(self, value: Any) -> str:
        """Type of a literal or of what a placeholder stands for."""
        if not _is_placeholder(value):
            python_types = ((bool, _BOOLEAN), (int, _INTEGER), (float, _FLOAT), (str, _STRING))
            return next((name for kind, name in python_types if isinstance(value, kind)), type(value).__name__)
        if "Std:Join" in value:
            return _STRING
        if "Std:JsonGet" in value:
            return _SCALAR
        kind, name = value["Get"].split(".", 2)[:2]
        if kind == "Execution":
            return _STRING
        if kind == "Parameters":
            return _PARAMETER_TYPES[self._parameters[name]["Type"]]
        if output := self._lambda_output(value["Get"]):
            return _PARAMETER_TYPES[output["OutputType"]]
        shape = self._property_shape(value["Get"])
        return _field_type(shape) if shape else "nothing"

    def _lambda_output(self, reference: str) -> Mapping[str, Any] | None:
        """Output of a Lambda step that a reference is to, None if it is to none."""
        for output in self._steps[reference.split(".")[1]].get("OutputParameters", []):
            if reference.partition(".")[2].partition(".")[2] == f"OutputParameters['{output['OutputName']}']":
                return output
        return None

    def _property_shape(self, reference: str) -> Shape | None:
        """Shape of a step's property in the answer of its ``Describe…`` operation, None if there is no such one."""
        name = reference.split(".")[1]
        step = self._steps[name]
        if step["Type"] not in STEP_TYPES:
            return None
        if step["Type"] == "QualityCheck":
            is_property = reference.removeprefix(f"Steps.{name}.") in _CHECK_PROPERTIES
            return _service_model().shape_for("S3Uri") if is_property else None
        shape = _service_model().operation_model(STEP_TYPES[step["Type"]].describe).output_shape
        path = reference.removeprefix(f"Steps.{name}")
        for part in _PATH_PART.finditer(path):
            if part["member"] and shape.type_name == "structure" and part["member"] in shape.members:
                shape = shape.members[part["member"]]
            elif part["index"] and shape.type_name == "list":
                shape = shape.member
            elif part["key"] and shape.type_name == "map":
                shape = shape.value
            elif part["key"] and shape.name == "ProcessingOutputs":
                if part["key"] not in {output["OutputName"] for output in _processing_outputs(step)}:
                    return None
                shape = shape.member
            else:
                return None
        matched = "".join(part.group() for part in _PATH_PART.finditer(path))
        return shape if matched == path else None


def _all_steps(steps: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield steps and the steps inside conditions."""
    for step in steps:
        yield step
        if step["Type"] == "Condition":
            yield from _all_steps(step["Arguments"]["IfSteps"])
            yield from _all_steps(step["Arguments"]["ElseSteps"])


def _processing_outputs(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Outputs of a processing step, none for others."""
    outputs: list[Mapping[str, Any]] = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
    return outputs


def _is_placeholder(value: Any) -> bool:
    """Tell a placeholder from a structure."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _PLACEHOLDERS


def _field_type(shape: Shape) -> str:
    """Type of a field in the validator's terms; for structures and lists the name of the shape."""
    if shape.type_name in {"structure", "list", "map"}:
        return str(shape.name)
    return _FIELD_TYPES.get(shape.type_name, shape.type_name)


def _fits(actual: str, wanted: str) -> bool:
    """Return whether a value of a type may stand in a field; whole numbers may be fractions."""
    if wanted == _SCALAR:
        return actual in {_STRING, _INTEGER, _FLOAT, _BOOLEAN, _SCALAR}
    return actual in {wanted, _SCALAR} or (actual, wanted) == (_INTEGER, _FLOAT)


def _literal_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Check a literal against a scalar field: type, enumeration, length or range, pattern."""
    wanted = _field_type(shape)
    python_types: dict[str, tuple[type, ...]] = {
        _STRING: (str,),
        _INTEGER: (int,),
        _FLOAT: (int, float),
        _BOOLEAN: (bool,),
    }
    is_flag = isinstance(value, bool) and wanted != _BOOLEAN
    if wanted not in python_types or not isinstance(value, python_types[wanted]) or is_flag:
        yield f"{path}: wants {wanted}, got {value!r}"
        return
    if isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is not one of the values of {shape.name}"
        yield from _size_problems(shape, len(value), path)
        pattern = _python_pattern(shape.metadata.get("pattern"))
        if pattern and not pattern.fullmatch(value):
            yield f"{path}: {value!r} does not match {pattern.pattern}"
    elif isinstance(value, int | float):
        yield from _size_problems(shape, value, path)


def _size_problems(shape: Shape, size: float, path: str) -> Iterator[str]:
    """Check a length or a number against the bounds of its shape."""
    if size < shape.metadata.get("min", size):
        yield f"{path}: {size} is less than the minimum {shape.metadata['min']}"
    if size > shape.metadata.get("max", size):
        yield f"{path}: {size} is more than the maximum {shape.metadata['max']}"


@cache
def _python_pattern(pattern: str | None) -> re.Pattern[str] | None:
    """Compile a pattern of the model, which has Java's syntax; None if Python's is another."""
    try:
        return re.compile(pattern, re.DOTALL) if pattern else None
    except re.error:
        return None
