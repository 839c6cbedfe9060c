"""A start is short: what only some operations need is imported with the first of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_START = """
import sys
from pathlib import Path
from local_aws.server import Server
from local_aws.builders import BUILDERS

server = Server(Path(sys.argv[1]), BUILDERS)
print(*sorted(name for name in sys.modules if "." not in name))
server.stop()
"""


def test_libraries_of_single_operations_are_not_imported_at_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _START, str(tmp_path / "data")]
    started = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    imported = set(started.stdout.split())
    assert "moto" in imported
    assert imported.isdisjoint(
        {"autogluon", "cfnlint", "duckdb", "flask", "jsonschema", "numpy", "pandas", "pyarrow", "sklearn", "sqlglot"}
    )
