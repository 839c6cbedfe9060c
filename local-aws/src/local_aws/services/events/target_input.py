"""What a target is sent: the event, a part of it, a constant, or a text made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local_aws.kernel.nested_json import read_json
from local_aws.services.events.errors import invalid
from local_aws.services.events.json_path import ABSENT, as_text, find, is_path

MEMBERS = ("Input", "InputPath", "InputTransformer")

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_RESERVED = frozenset(
    {
        "aws.events.event",
        "aws.events.event.ingestion-time",
        "aws.events.event.json",
        "aws.events.rule-arn",
        "aws.events.rule-name",
    }
)


def check_input(target: Mapping[str, Any]) -> None:
    """Check how a target's input is made."""
    inputs = [member for member in MEMBERS if target.get(member) is not None]
    if len(inputs) > 1:
        raise invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}.")
    if "Input" in target:
        try:
            read_json(target["Input"])
        except ValueError as error:
            raise invalid(f"JSON syntax error in Input for target {target['Id']}: {error}.") from None
    if "InputPath" in target:
        _check_path(target["InputPath"], target["Id"])
    if "InputTransformer" in target:
        paths = target["InputTransformer"].get("InputPathsMap", {})
        for name, path in paths.items():
            if name.lower().startswith("aws"):
                raise invalid(f"InputPathsMap of target {target['Id']}: {name!r} begins with AWS, which is reserved.")
            _check_path(path, target["Id"])
        for name in _PLACEHOLDER.findall(target["InputTransformer"]["InputTemplate"]):
            if name not in paths and name not in _RESERVED:
                raise invalid(f"InputTemplate for target {target['Id']} contains invalid placeholder {name}.")


def make_input(target: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, str]) -> str:
    """Make the text that a target is sent.

    Parameters
    ----------
    rule
        ``Name`` and ``Arn`` of the rule, and the event's ``IngestionTime``.

    Raises
    ------
    AwsError
        ``ValidationException`` when an InputPath leads nowhere in the event.
    """
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        value = find(target["InputPath"], event)
        if value is ABSENT:
            raise invalid(f"The InputPath {target['InputPath']} leads nowhere in the event {event['id']}.")
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        values = {name: find(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
        values |= {
            "aws.events.event": {
                "detailType" if key == "detail-type" else key: value for key, value in event.items() if key != "detail"
            },
            "aws.events.event.ingestion-time": rule["IngestionTime"],
            "aws.events.event.json": event,
            "aws.events.rule-arn": rule["Arn"],
            "aws.events.rule-name": rule["Name"],
        }
        return _filled(transformer["InputTemplate"], values)
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template: in JSON, a value outside quotes stays JSON, one inside quotes becomes part of the string.

    In a template that is a string, structures are written without quotes, as EventBridge writes them.
    """
    is_json = template.lstrip()[:1] in ("{", "[", '"')
    is_string = template.lstrip()[:1] == '"'
    pieces, at, in_string = [], 0, False
    for match in _PLACEHOLDER.finditer(template):
        between = template[at : match.start()]
        in_string ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        value = "" if values[match[1]] is ABSENT else values[match[1]]
        if not is_json:
            written = as_text(value)
        elif in_string:
            text = as_text(value)
            is_plain = is_string and isinstance(value, dict | list)
            written = json.dumps(text.replace('"', "") if is_plain else text, ensure_ascii=False)[1:-1]
        else:
            written = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        pieces += [between, written]
        at = match.end()
    return "".join(pieces) + template[at:]


def _check_path(path: str, target: str) -> None:
    if not is_path(path):
        raise invalid(f"The JSON path {path!r} of target {target} is not valid; write it as $.detail.name.")
