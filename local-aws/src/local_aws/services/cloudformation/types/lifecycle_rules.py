"""A bucket's lifecycle configuration: the template's form and S3's."""

from __future__ import annotations

from typing import Any

_FILTERS = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_ACTIONS = {
    "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
    "NoncurrentVersionExpiration": "NoncurrentVersionExpiration",
}
_OLDER = {"Transition": "Transitions", "NoncurrentVersionTransition": "NoncurrentVersionTransitions"}
"""Properties for a single action, and the lists that took their place."""


def api_lifecycle(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return a template's lifecycle configuration in S3's form."""
    return {**configuration, "Rules": [_rule(rule) for rule in configuration["Rules"]]}


def _rule(declared: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {"Status": declared["Status"], "Filter": _filter(declared)}
    if "Id" in declared:
        rule["ID"] = declared["Id"]
    expiration = {_EXPIRATION[name]: declared[name] for name in _EXPIRATION if name in declared}
    if expiration:
        rule["Expiration"] = expiration
    for name, action in _ACTIONS.items():
        if name in declared:
            rule[action] = declared[name]
    if "NoncurrentVersionExpirationInDays" in declared:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": declared["NoncurrentVersionExpirationInDays"]}
    for single, many in _OLDER.items():
        transitions = [*declared.get(many, []), *([declared[single]] if single in declared else [])]
        if transitions:
            rule[many] = [_transition(transition) for transition in transitions]
    return rule


def _filter(declared: dict[str, Any]) -> dict[str, Any]:
    conditions = {name: declared[name] for name in _FILTERS if name in declared}
    tags = declared.get("TagFilters", [])
    if len(tags) + len(conditions) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions


def _transition(declared: dict[str, Any]) -> dict[str, Any]:
    renamed = {"TransitionInDays": "Days", "TransitionDate": "Date"}
    return {renamed.get(name, name): value for name, value in declared.items()}
