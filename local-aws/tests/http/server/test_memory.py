"""What a call leaves in memory ends with what it made."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

from moto.backends import get_backend

from local_aws.kernel.account import ACCOUNT_ID


def test_deleted_resource_of_motos_leaves_memory(run_server: Any, tmp_path: Path) -> None:
    with run_server(tmp_path) as server:
        glue = server.client("glue")
        glue.create_database(DatabaseInput={"Name": "forgotten"})
        database = weakref.ref(get_backend("glue")[ACCOUNT_ID]["us-east-1"].databases["forgotten"])
        glue.delete_database(Name="forgotten")
        gc.collect()
        assert database() is None
