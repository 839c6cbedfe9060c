"""What GitHub and pre-commit run is what the Makefile and constraints.txt say, each stated once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_workflow_runs_targets_that_exist():
    commands = [
        step["run"].replace("${{ matrix.target }}", target)
        for job in WORKFLOW["jobs"].values()
        for target in job.get("strategy", {}).get("matrix", {}).get("target", [""])
        for step in job["steps"]
        if "run" in step
    ]
    targets = {command.split()[1] for command in commands if command.startswith("make ")}
    assert {"lint", "test", "test-local-aws", "test-build", "test-container", "demo"} <= targets
    assert targets <= _targets_of_the_makefile()


def _targets_of_the_makefile() -> set[str]:
    """Return what the rules make: commands, and files with the variables in their names resolved."""
    variables = dict(re.findall(r"^(\w+) := (.+)$", MAKEFILE, re.MULTILINE))
    names = re.findall(r"^([^\s:.#][^\s:]*):(?!=)", MAKEFILE, re.MULTILINE)
    while any("$(" in name for name in names):
        names = [re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], name) for name in names]
    return set(names)


def test_the_demo_is_run_on_each_python_that_is_supported():
    (_, first, _), (_, end) = _supported_pythons(ROOT)
    assert WORKFLOW["jobs"]["demo"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(first, end)]


def test_both_distributions_make_and_the_pins_support_the_same_pythons():
    supported = _supported_pythons(ROOT)
    assert _supported_pythons(ROOT / "local-aws") == supported

    conditions = re.findall(r"not \(([\d, ]+)\) <= sys\.version_info < \(([\d, ]+)\)", MAKEFILE)
    assert conditions
    for first, end in conditions:
        assert (_numbers(first, ", "), _numbers(end, ", ")) == supported
    assert [_numbers(version, ".") for version in re.findall(r"--python-version ([\d.]+)", MAKEFILE)] == [supported[0]]


def _supported_pythons(distribution: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the first version that a distribution supports and the first that it no longer does."""
    text = tomllib.loads((distribution / "pyproject.toml").read_text())["project"]["requires-python"]
    first, end = re.fullmatch(r">=([\d.]+),<([\d.]+)", text).groups()
    return _numbers(first, "."), _numbers(end, ".")


def _numbers(version: str, separator: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(separator))


def test_hooks_are_the_environments_own_tools_whose_versions_constraints_txt_states():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert [repository["repo"] for repository in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        program = hook["entry"].split()[0]
        assert (hook["language"], program.removeprefix(".venv/bin/") in pinned) == ("system", True), hook["id"]
