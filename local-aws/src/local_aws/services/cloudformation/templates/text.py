"""A template's text, JSON or YAML, as plain dictionaries, lists and scalars."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import yaml

from local_aws.kernel.nested_json import MAX_LEVELS, TooDeepError, read_json
from local_aws.services.cloudformation.errors import invalid

_MAX_VALUES = 100_000
"""Several times what a template of 1 MB holds; one of commas alone would take ten seconds to read."""
_LONG_NUMBER = re.compile(r"[-+0-9_:.]{1000,}")
_WITHOUT_PREFIX = frozenset({"Ref", "Condition"})


class _TemplateLoader(yaml.CSafeLoader):
    """YAML as CloudFormation reads it: short forms of functions, dates as text, no duplicate keys."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own attribute)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool):
                raise yaml.YAMLError(f"a key must be a scalar{key_node.start_mark}")
            if key in seen:
                raise yaml.YAMLError(f"duplicate key {key!r} in a mapping{key_node.start_mark}")
            seen.add(key)
        return {str(key): value for key, value in super().construct_mapping(node, deep=True).items()}


def _function(loader: _TemplateLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    """Turn ``!Name value`` into the full form of the function."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 (YAML has no fourth kind of node)
        value = loader.construct_mapping(node, deep=True)
    return {name if name in _WITHOUT_PREFIX else f"Fn::{name}": value}


_TemplateLoader.add_multi_constructor("!", _function)


def read_template(text: str) -> dict[str, Any]:
    """Return a template's text, a mapping in JSON or YAML, as a dictionary."""
    kind = "JSON" if text.lstrip().startswith("{") else "YAML"
    try:
        if text.lstrip().startswith("{"):
            document = read_json(text, object_pairs_hook=_without_duplicates)
        else:
            _check_form(text)
            document = yaml.load(text, _TemplateLoader)  # noqa: S506 (a subclass of SafeLoader)
    except RecursionError:
        raise invalid(f"Template format error: {kind} not well-formed. (it is nested too deeply)") from None
    except json.JSONDecodeError as error:
        # AWS names the place behind the wrong character.
        place = f"line {error.lineno}, column {error.colno + 1}"
        raise invalid(f"Template format error: JSON not well-formed. ({place})") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = str(error.problem) if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        raise invalid(f"Template format error: YAML not well-formed. ({place})") from error
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(f"Template format error: {kind} not well-formed. ({error})") from None
    if not isinstance(document, dict):
        raise invalid("Template format error: unsupported structure.")
    return document


def _check_form(text: str) -> None:
    """Check what would make reading a text recursive or long: aliases, levels, and the number of its values."""
    level = values = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"YAML aliases are not allowed in CloudFormation templates{event.start_mark}")
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if level > MAX_LEVELS:
            raise TooDeepError
        if isinstance(event, yaml.ScalarEvent) and _LONG_NUMBER.fullmatch(event.value):
            raise yaml.YAMLError(f"a number has too many digits{event.start_mark}")
        if values > _MAX_VALUES:
            raise yaml.YAMLError(f"local_aws reads templates of at most {_MAX_VALUES} keys and values")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        duplicate = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"duplicate key {duplicate!r} in an object")
    return members
