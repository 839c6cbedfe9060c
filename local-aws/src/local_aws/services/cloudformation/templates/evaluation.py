"""Evaluates a template's expressions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.services.cloudformation.errors import invalid, unsupported
from local_aws.services.cloudformation.templates.expressions import (
    CONDITION_FUNCTIONS,
    attribute_of,
    by_name,
    function_of,
    if_arguments,
    replaced,
    substitution,
)
from local_aws.services.cloudformation.templates.parameters import as_text
from local_aws.services.cloudformation.templates.template import Template

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""Stands in previews for what is only known when a resource has been created."""
_JOIN = "Template error: every Fn::Join object requires a separator and a list of strings to be joined."
_SELECT = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
_SPLIT = (
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be "
    "split or a function that returns a string to be split."
)
NO_VALUE = object()
"""The value of ``Ref: AWS::NoValue``: the member or item that has it is left out."""


class Evaluation:
    """Evaluates a template's expressions.

    Parameters
    ----------
    values
        The values of parameters and pseudo parameters, by name.
    ref, attribute
        Return what ``Ref`` and ``Fn::GetAtt`` return of a resource.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        template: Template,
        ref: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
        import_value: Callable[[str], str],
    ) -> None:
        self._values = values
        self._mappings = template.section("Mappings")
        self._conditions = template.section("Conditions")
        self._ref_of = ref
        self._attribute_of = attribute
        self._exported = import_value
        self._outcomes: dict[str, bool] = {}
        self._pending: list[str] = []

    def value(self, node: Any) -> Any:
        """Return the value of an expression; `NO_VALUE` when it has none."""
        call = function_of(node)
        if call is not None:
            name, argument = call
            if name in CONDITION_FUNCTIONS:
                return self._condition({name: argument})
            return _FUNCTIONS[name](self, argument)
        if isinstance(node, dict):
            members = {key: self.value(child) for key, child in node.items()}
            return {key: value for key, value in members.items() if value is not NO_VALUE}
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NO_VALUE]
        if isinstance(node, str) and "{{resolve:" in node:
            raise unsupported(f"the dynamic reference {node}", "a template")
        return node

    def holds(self, name: str) -> bool:
        """Return whether a condition of the template holds."""
        if name not in self._outcomes:
            if name not in self._conditions:
                raise invalid(f"Template error: unresolved condition dependency {name} in Fn::If")
            if name in self._pending:
                circle = sorted(self._pending[self._pending.index(name) :])
                raise invalid(f"Template format error: Circular dependency between conditions: [{', '.join(circle)}]")
            self._pending.append(name)
            self._outcomes[name] = self._condition(self._conditions[name])
            self._pending.pop()
        return self._outcomes[name]

    def _condition(self, node: Any) -> bool:
        if isinstance(node, dict) and node.keys() == {"Condition"}:
            name = str(node["Condition"])
            if name not in self._conditions:
                raise invalid(f"Template format error: Unresolved condition dependency {name}")
            return self.holds(name)
        call = function_of(node)
        if call is None or call[0] not in CONDITION_FUNCTIONS:
            raise invalid(f"Template format error: a condition must be one of {', '.join(sorted(CONDITION_FUNCTIONS))}")
        name, argument = call
        if not isinstance(argument, list):
            raise invalid(f"Template error: {name} requires a list")
        if name == "Fn::Equals":
            if len(argument) != 2:
                raise invalid("Template error: every Fn::Equals object requires a list of 2 string parameters.")
            first, second = (_comparable(self.value(item)) for item in argument)
            return first == second
        if name == "Fn::Not":
            if len(argument) != 1:
                raise invalid("Template error: every Fn::Not object requires a list of one condition.")
            return not self._condition(argument[0])
        if not 2 <= len(argument) <= 10:
            raise invalid(f"Template error: every {name} object requires a list of 2 to 10 conditions.")
        outcomes = [self._condition(item) for item in argument]
        return all(outcomes) if name == "Fn::And" else any(outcomes)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._values[name] if name in self._values else self._ref_of(name)

    def _get_att(self, argument: Any) -> Any:
        logical_id, attribute = attribute_of(argument)
        return self._attribute_of(logical_id, self._text(attribute, "Fn::GetAtt"))

    def _sub(self, argument: Any) -> str:
        text, variables = substitution(argument)
        texts = {name: self._text(value, "Fn::Sub") for name, value in variables.items()}

        def value(name: str) -> str:
            if name in texts:
                return texts[name]
            reference = by_name(name)
            if reference.attribute is None:
                return self._text({"Ref": name}, "Fn::Sub")
            return self._text({"Fn::GetAtt": [reference.name, reference.attribute]}, "Fn::Sub")

        return replaced(text, value)

    def _join(self, argument: Any) -> str:
        separator, items = _pair(argument, _JOIN)
        values = self.value(items)
        if not isinstance(separator, str) or not isinstance(values, list):
            raise invalid(_JOIN)
        return separator.join(_scalar(item, "Fn::Join") for item in values)

    def _split(self, argument: Any) -> list[str]:
        separator, source = _pair(argument, _SPLIT)
        text = self._text(source, "Fn::Split")
        if not isinstance(separator, str) or not separator:
            raise invalid(_SPLIT)
        return text.split(separator)

    def _select(self, argument: Any) -> Any:
        index_node, items_node = _pair(argument, _SELECT)
        items = self.value(items_node)
        try:
            index = int(self._text(index_node, "Fn::Select"))
        except ValueError:
            raise invalid(_SELECT) from None
        if not isinstance(items, list):
            raise invalid(_SELECT)
        if 0 <= index < len(items):
            return items[index]
        if any(KNOWN_AFTER_APPLY in str(item) for item in items):
            return KNOWN_AFTER_APPLY
        raise invalid(_SELECT)

    def _if(self, argument: Any) -> Any:
        condition, yes, no = if_arguments(argument)
        return self.value(yes if self.holds(condition) else no)

    def _find_in_map(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise invalid(
                "Template error: every Fn::FindInMap object requires three parameters, the map name, and two keys"
            )
        keys = [self._text(item, "Fn::FindInMap") for item in argument]
        value: Any = self._mappings
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise invalid(f"Template error: Unable to get mapping for {'::'.join(keys)}")
            value = value[key]
        return value

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(self._text(argument, "Fn::Base64").encode()).decode()

    def _import_value(self, argument: Any) -> str:
        return self._exported(self._text(argument, "Fn::ImportValue"))

    def _text(self, node: Any, where: str) -> str:
        return _scalar(self.value(node), where)


_FUNCTIONS: dict[str, Callable[[Evaluation, Any], Any]] = {
    "Ref": Evaluation._ref,
    "Fn::Base64": Evaluation._base64,
    "Fn::FindInMap": Evaluation._find_in_map,
    "Fn::GetAtt": Evaluation._get_att,
    "Fn::If": Evaluation._if,
    "Fn::ImportValue": Evaluation._import_value,
    "Fn::Join": Evaluation._join,
    "Fn::Select": Evaluation._select,
    "Fn::Split": Evaluation._split,
    "Fn::Sub": Evaluation._sub,
}


def _pair(argument: Any, message: str) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise invalid(message)
    return argument[0], argument[1]


def _scalar(value: Any, where: str) -> str:
    if value is NO_VALUE or value is None or isinstance(value, dict | list):
        raise invalid(f"Template error: {where} needs text, not {'nothing' if value is NO_VALUE else value!r}")
    return as_text(value)


def _comparable(value: Any) -> Any:
    return value if isinstance(value, dict | list) or value is NO_VALUE else as_text(value)
