"""The rooms of the house: what each may import, and that no two need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import local_aws

PACKAGE = Path(local_aws.__file__).parent
TESTS = Path(__file__).parent
BELOW = {
    "kernel": set(),
    "contracts": {"kernel"},
    "http": {"kernel", "contracts"},
    "moto_side": {"kernel", "contracts", "http", "services"},
    "services": {"kernel", "contracts", "http"},
}
"""What a room stands on. Modules of the package itself put the rooms together, and may import all of them."""


def imports(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("local_aws."):
            yield node.module.removeprefix("local_aws.")
            yield from (f"{node.module}.{alias.name}".removeprefix("local_aws.") for alias in node.names)


def modules() -> dict[str, Path]:
    """Return the files of the package by their modules' names."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }


def test_rooms_import_only_what_they_stand_on() -> None:
    wrong = {
        (name, imported)
        for name, path in modules().items()
        for imported in imports(path)
        if (room := name.partition(".")[0]) in BELOW
        and (other := imported.partition(".")[0]) in BELOW
        and other not in BELOW[room] | {room}
    }
    assert not wrong


def test_no_module_needs_itself() -> None:
    files = modules()
    graph = {
        name: {
            imported
            for imported in imports(path)
            if imported in files and imported != name and not name.startswith(f"{imported}.")
        }
        for name, path in files.items()
    }
    tuple(TopologicalSorter(graph).static_order())


def test_no_two_services_need_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for name, path in modules().items():
        if service := _service(name):
            others = {_service(imported) for imported in imports(path)} - {service, ""}
            graph.setdefault(service, set()).update(others)
    tuple(TopologicalSorter(graph).static_order())


def test_services_tests_stand_where_their_source_does() -> None:
    folders = {path.parent.relative_to(TESTS) for path in (TESTS / "services").rglob("test_*.py")}
    assert {str(folder) for folder in folders if not (PACKAGE / folder).is_dir()} == set()


def _service(module: str) -> str:
    """Return the service that a module is of, "" for none."""
    room, _, rest = module.partition(".")
    return rest.partition(".")[0] if room == "services" else ""
