"""A crawler's options, from SchemaChangePolicy and Configuration: what it does about changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.nested_json import read_json
from local_aws.services.glue.errors import invalid

_KNOWN: Mapping[str, Any] = {
    "Version": None,
    "CrawlerOutput": {
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns", "TableThreshold": None},
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
    },
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
}
"""The members of Configuration that are supported, with their value where only one is."""


@dataclass(frozen=True)
class CrawlOptions:
    """What a crawler does about what it finds."""

    update_tables: bool
    """True to bring changed tables and partitions up to date, False to only log the change."""
    on_delete: str
    """``"LOG"``, ``"DELETE_FROM_DATABASE"`` or ``"DEPRECATE_IN_DATABASE"``."""
    merge_new_columns: bool
    """True to keep a table's columns as they are and only add new ones."""
    inherit_from_table: bool
    """True to give partitions their table's columns and format."""
    combine_compatible: bool
    """True to make one table of compatible files however different their schemas."""
    table_threshold: int | None
    """Most tables that a crawl may find, or None."""


def crawl_options(policy: Mapping[str, str], configuration: str | None) -> CrawlOptions:
    """Read a crawler's options.

    Parameters
    ----------
    configuration
        The JSON text of ``Configuration``, or None.

    Raises
    ------
    AwsError
        ``InvalidInputException`` for what is not a JSON object or asks for something that is not supported.
    """
    try:
        chosen = read_json(configuration or "{}")
    except ValueError as error:
        raise invalid(f"Configuration is not JSON: {error}") from None
    _check(chosen, _KNOWN, "Configuration")
    tables = chosen.get("CrawlerOutput", {}).get("Tables", {})
    merge_new_columns = "AddOrUpdateBehavior" in tables
    return CrawlOptions(
        update_tables=merge_new_columns or policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE",
        on_delete=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        merge_new_columns=merge_new_columns,
        inherit_from_table="AddOrUpdateBehavior" in chosen.get("CrawlerOutput", {}).get("Partitions", {}),
        combine_compatible="TableGroupingPolicy" in chosen.get("Grouping", {}),
        table_threshold=tables.get("TableThreshold"),
    )


def _check(value: Any, known: Mapping[str, Any], path: str) -> None:
    if not isinstance(value, dict):
        raise invalid(f"{path} must be a JSON object")
    for name, inner in value.items():
        if name not in known:
            raise unsupported_error(f"{path}.{name}", "crawlers", "InvalidInputException")
        if isinstance(known[name], Mapping):
            _check(inner, known[name], f"{path}.{name}")
        elif known[name] is not None and inner != known[name]:
            raise unsupported_error(f"{path}.{name} = {inner!r}", "crawlers", "InvalidInputException")
