"""What a CloudFormation template declares, read from its file."""

from __future__ import annotations

from pathlib import Path

import yaml

from infrastructure.errors import DeploymentError


class _Loader(yaml.SafeLoader):
    """Reads what a template declares; what its functions would give is of no interest here."""


_Loader.add_multi_constructor("!", lambda *_: None)


def declared_parameters(template: Path) -> list[str]:
    """Give the names of a template's parameters.

    Raises
    ------
    DeploymentError
        If the file is no template: where, and why.
    """
    try:
        content = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (it is a safe one)
    except yaml.YAMLError as error:
        raise DeploymentError(str(template), f"is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or "Resources" not in content:
        raise DeploymentError(str(template), "is no CloudFormation template: it has no Resources")
    return list(content.get("Parameters") or {})
