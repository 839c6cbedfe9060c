"""What a CloudFormation template declares."""

from __future__ import annotations

from pathlib import Path

import yaml

from infrastructure.errors import DeploymentError


class _Loader(yaml.SafeLoader):
    """Reads a template without evaluating its functions."""


_Loader.add_multi_constructor("!", lambda *_: None)


def resources_text(template: str) -> str:
    """Return a template's resources as text that comments and layout do not change; empty if there are none."""
    root = yaml.compose(template, yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    return next((yaml.serialize(value) for key, value in pairs if key.value == "Resources"), "")


def declared_parameters(template: Path) -> list[str]:
    """Return the names of a template's parameters; raise `DeploymentError` if the file is not a template."""
    try:
        content = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (it is a safe one)
    except yaml.YAMLError as error:
        raise DeploymentError(str(template), f"is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or "Resources" not in content:
        raise DeploymentError(str(template), "is not a CloudFormation template: it has no Resources")
    return list(content.get("Parameters") or {})
