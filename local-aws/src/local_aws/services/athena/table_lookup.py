"""Answers a worker that asks for the tables its query reads: the server has the catalog, the worker the query."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any, Final

from local_aws.kernel.context import Context
from local_aws.kernel.processes.child import Child
from local_aws.services.athena.failures import QueryFailedError
from local_aws.services.athena.glue_tables import find_table, table_source
from local_aws.services.athena.worker_contract import REFERENCES, TABLES, NamedTable, write_document

_POLL_SECONDS: Final = 0.02


def supply_tables(context: Context, folder: Path, worker: Child) -> None:
    """Wait until a worker has named its tables, or has ended, or its time is over; answer it.

    Parameters
    ----------
    context
        The server's parts.
    folder
        The query's job folder.
    worker
        The worker, with a timeout.
    """
    asked = folder / REFERENCES
    while not asked.exists():
        if not worker.running or worker.seconds_left == 0:
            return
        time.sleep(_POLL_SECONDS)
    names = [NamedTable(**each) for each in json.loads(asked.read_text(encoding="utf-8"))]
    write_document(folder / TABLES, _answer(context, names))


def _answer(context: Context, names: list[NamedTable]) -> dict[str, Any]:
    try:
        tables = [table_source(context, find_table(context, each.database, each.name, each.place)) for each in names]
    except QueryFailedError as error:
        return {"failure": error.document}
    return {"tables": [dataclasses.asdict(table) for table in tables]}
