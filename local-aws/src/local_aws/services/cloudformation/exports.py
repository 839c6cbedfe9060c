"""Outputs that stacks export, and the stacks that import them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from local_aws.kernel.records import Record
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.records import Stacks


def exports(stacks: Stacks) -> Iterator[tuple[Record, str, str]]:
    """Yield every export: stack, name and value."""
    for stack in stacks.active():
        for output in stack.get("Outputs", []):
            if "ExportName" in output:
                yield stack, output["ExportName"], output["OutputValue"]


def exported(stacks: Stacks, name: str) -> str:
    """Return the value of an export."""
    for _, exported_name, value in exports(stacks):
        if exported_name == name:
            return value
    raise invalid(f"No export named {name} found.")


def importers(stacks: Stacks, name: str) -> list[str]:
    """Return the names of the stacks that import an export."""
    return [stack["StackName"] for stack in stacks.active() if name in stack.get("_Imports", [])]


def check_exports(stacks: Stacks, stack: Record, outputs: Iterable[Record]) -> None:
    """Check that a stack's exports are its own, and that those in use stay as they are."""
    new = {output["ExportName"]: output["OutputValue"] for output in outputs if "ExportName" in output}
    for other, name, value in exports(stacks):
        if other["StackId"] != stack["StackId"]:
            if name in new:
                raise invalid(f"Export with name {name} is already exported by stack {other['StackName']}.")
        elif new.get(name) != value:
            check_unused(stacks, name, "updated" if name in new else "deleted")


def check_unused(stacks: Stacks, name: str, what: str) -> None:
    """Check that no stack imports an export; `what` says what would become of it."""
    users = importers(stacks, name)
    if users:
        raise invalid(f"Export {name} cannot be {what} as it is in use by {', '.join(users)}")
