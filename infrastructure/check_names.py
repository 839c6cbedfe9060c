"""``python -m infrastructure.check_names``: fail unless the templates have the names that the commands use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from infrastructure.names import PREFIX, Names

TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("stack.yaml", "bootstrap.yaml"))

_AS_IN_SUB = Names("${Prefix}", "${AWS::AccountId}", "${AWS::Region}")
_NAMED_BY_DEPLOY = frozenset({"bootstrap_stack"})


def missing_names(*templates: str) -> list[str]:
    """Return the names, and the prefix's pattern, that none of the templates' texts has as a value."""
    values = {value for template in templates for value in _scalars(yaml.compose(template))}
    return [f"{what}: {name}" for what, name in _names() if name not in values]


def _names() -> Iterator[tuple[str, str]]:
    """Yield each name as a template writes it with ``!Sub``, and where it comes from."""
    yield "PREFIX", PREFIX.pattern
    for attribute, member in vars(Names).items():
        if isinstance(member, property) and attribute not in _NAMED_BY_DEPLOY:
            value = getattr(_AS_IN_SUB, attribute)
            for name in (value,) if isinstance(value, str) else value:
                yield attribute, name


def _scalars(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.ScalarNode):
        yield node.value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for _, item in node.value:
            yield from _scalars(item)


def main() -> int:
    """Print what is missing; return the exit code."""
    missing = missing_names(*(template.read_text(encoding="utf-8") for template in TEMPLATES))
    for name in missing:
        print(f"infrastructure/names.py has {name}, which neither template has", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
