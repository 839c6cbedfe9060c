"""The ForEach step: runs the steps of its body once for each item of a list.

Forms and properties are those that the SageMaker Python SDK 3 documents (``for_each_step.py``), metadata those of
botocore's model. What both leave open is decided here:

- a step of the body that fails is treated as any other: those that run finish, no other one starts, the step fails;
- an empty list, which can only come at run time, has no iterations and succeeds, unless a Selector has to pick one;
- a Selector compares numbers, and of equal ones takes the first; anything else fails the step;
- the steps that count are those that have started.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from local_aws.kernel.nested_json import read_json
from local_aws.services.sagemaker.pipelines.errors import (
    DefinitionError,
    NoValueError,
    StepFailedError,
    StepStoppedError,
)
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.paths import Path, look_up, parse_path
from local_aws.services.sagemaker.pipelines.step_type import Attempt, BodyRun, Result, StepType
from local_aws.services.sagemaker.pipelines.steps.output_parameters import text_of

PROPERTIES = frozenset(
    {"Status", "InputItemCount", "TotalStepCount", "SucceededStepCount", "FailedStepCount", "StoppedStepCount"}
)
"""What a reference to the step leads to, besides ``IterationOutputs`` and ``Selected``."""

_MEMBERS = frozenset({"IterableItems", "MaxConcurrency", "Selector", "ForEachBody"})
_NOT_IN_BODY = ("Condition", "Fail", "ForEach")
_PICKS = ("MaxBy", "MinBy")
_FIELD_ROOT = "IterationOutput"
_MOST_ITEMS = 100
_MOST_CONCURRENT = 50
_ITEM_LENGTH = 12_800


class ForEachStep(StepType):
    """Runs its body for each item, and shows the outputs of all iterations and of the one that a Selector picks."""

    def check(self, arguments: dict[str, Any]) -> None:
        """Check everything but the steps of the body, which are checked as steps."""
        if unknown := sorted(arguments.keys() - _MEMBERS):
            raise DefinitionError(f"unknown property {', '.join(unknown)} of a ForEach step's Arguments")
        _check_items(arguments.get("IterableItems"))
        most = arguments.get("MaxConcurrency")
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= _MOST_CONCURRENT:
            raise DefinitionError(f"MaxConcurrency is an integer from 1 to {_MOST_CONCURRENT}, not {most!r}")
        body = arguments.get("ForEachBody")
        if not isinstance(body, list) or not body:
            raise DefinitionError("ForEachBody is a list of at least one step")
        for node in body:
            if isinstance(node, dict) and node.get("Type") == "Cleanup":
                raise DefinitionError(
                    f"local_aws does not support step {node.get('Name')!r} of type Cleanup in ForEachBody; put it "
                    "beside the ForEach step"
                )
            if isinstance(node, dict) and node.get("Type") in _NOT_IN_BODY:
                raise DefinitionError(
                    f"ForEachBody has step {node.get('Name')!r} of type {node['Type']}; it takes none of type "
                    f"{', '.join(_NOT_IN_BODY)}"
                )
        if "Selector" in arguments:
            _read_selector(arguments["Selector"], [node.get("Name") for node in body if isinstance(node, dict)])

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments without the body, whose steps are resolved by themselves."""
        arguments = node["Arguments"]
        own = {member: arguments[member] for member in ("IterableItems", "MaxConcurrency")}
        own["IsList"] = isinstance(arguments["IterableItems"], list)
        if "Selector" in arguments:
            own["Selector"] = _read_selector(
                arguments["Selector"], [each.get("Name") for each in arguments["ForEachBody"]]
            )
        return own

    def run(self, attempt: Attempt) -> Result:
        """Run the iterations, and pick one if there is a Selector."""
        items = _items(attempt.arguments["IterableItems"], attempt.arguments["IsList"])
        attempt.started({"ForEach": {"InputItemCount": len(items)}})
        run = attempt.iterate(items, attempt.arguments["MaxConcurrency"])
        aggregate = _aggregate(run)
        picked: dict[str, Any] = {}
        if aggregate["Status"] == "Succeeded" and "Selector" in attempt.arguments:
            try:
                picked = _pick(attempt.arguments["Selector"], run)
            except NoValueError as error:
                attempt.started({"ForEach": {**aggregate, "Status": "Failed"}})
                raise StepFailedError(f"ClientError: {error}") from error
        metadata = {**aggregate, **({"Selector": picked} if picked else {})}
        if aggregate["Status"] != "Succeeded":
            attempt.started({"ForEach": metadata})
        if aggregate["Status"] == "Failed":
            failed = [name for name, status in run.statuses.items() if status == "Failed"]
            raise StepFailedError(
                f"ClientError: {len(failed)} of {len(run.statuses)} steps that were started failed: {', '.join(failed)}"
            )
        if aggregate["Status"] == "Stopped":
            raise StepStoppedError(attempt.step_name)
        properties = {**aggregate, "IterationOutputs": list(run.outputs)}
        if picked:
            properties["Selected"] = run.outputs[picked["Index"]][picked["StepName"]]
        return Result({"ForEach": metadata}, properties)


def _check_items(items: Any) -> None:
    if is_expression(items):
        return
    if not isinstance(items, list) or not 1 <= len(items) <= _MOST_ITEMS:
        raise DefinitionError(
            f"IterableItems is a reference, or a list of 1 to {_MOST_ITEMS} strings, numbers, booleans and references"
        )
    for item in items:
        if not isinstance(item, str | int | float) and not is_expression(item):
            raise DefinitionError(f"IterableItems holds strings, numbers, booleans and references, not {item!r}")


def _read_selector(selector: Any, body: Sequence[Any]) -> dict[str, Any]:
    """Return how to pick, and the step of the body and the path in its properties by which."""
    if not isinstance(selector, dict) or selector.keys() != {"Pick", "Field"} or selector["Pick"] not in _PICKS:
        raise DefinitionError(f"a Selector takes Pick ({' or '.join(_PICKS)}) and Field, not {selector!r}")
    field = selector["Field"]
    try:
        root, name, *path = parse_path(field["Get"])
    except (KeyError, TypeError, ValueError):
        root, name, path = "", "", []
    if root != _FIELD_ROOT or name not in body or not path:
        raise DefinitionError(
            f"a Selector's Field is a Get of {_FIELD_ROOT}.<step of the body>.<member>, not {field!r}; the body has "
            + ", ".join(map(str, body))
        )
    return {"Pick": selector["Pick"], "Step": name, "Path": tuple(path)}


def _items(value: Any, is_list: bool) -> list[Any]:
    """Return the items of a resolved ``IterableItems``: a list as the definition has it, or the text of one."""
    items = value
    if not is_list:
        try:
            items = read_json(value) if isinstance(value, str) else None
        except ValueError:
            items = None
        if not isinstance(items, list):
            raise NoValueError(f"IterableItems is not the text of a JSON list: {str(value)[:200]!r}")
    for index, item in enumerate(items):
        if item is None:
            raise NoValueError(f"item {index} of IterableItems is null")
        if len(text_of(item)) > _ITEM_LENGTH:
            raise NoValueError(f"item {index} of IterableItems has more than {_ITEM_LENGTH:,} characters")
    return items


def _aggregate(run: BodyRun) -> dict[str, Any]:
    count = Counter(run.statuses.values())
    is_whole = count["Succeeded"] == run.planned
    return {
        "Status": "Failed" if count["Failed"] else "Succeeded" if is_whole else "Stopped",
        "InputItemCount": len(run.outputs),
        "TotalStepCount": len(run.statuses),
        **{f"{status}StepCount": count[status] for status in ("Succeeded", "Failed", "Stopped")},
    }


def _pick(selector: dict[str, Any], run: BodyRun) -> dict[str, Any]:
    name, path = selector["Step"], selector["Path"]
    values = [_number(outputs[name], path, f"{name}-{index}") for index, outputs in enumerate(run.outputs)]
    if not values:
        raise NoValueError("the Selector has no iteration to pick: IterableItems is empty")
    best = max(values) if selector["Pick"] == "MaxBy" else min(values)
    return {"StepName": name, "Index": values.index(best)}


def _number(properties: Any, path: Path, step_name: str) -> float:
    value = look_up(properties, path, f"step {step_name}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NoValueError(f"the Selector compares numbers, and step {step_name} has {value!r}")
    return value
