"""Another user of the machine gets at nothing: no file, no socket, no port, no key."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import other_user
from tests.attacks.victim import Victim, victim

pytestmark = pytest.mark.timeout(300)
as_another_user = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")

_OTHER = "nobody"
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PYSPARK_GATEWAY_SECRET")
_LOGS = ("*.log", "*.jsonl", "*.txt")


@pytest.fixture(scope="module")
def target() -> Iterator[Victim]:
    """Return a server at work, in a folder that any user can go into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with victim(Path(folder)) as target:
            yield target


@pytest.fixture(scope="module")
def secrets(target: Victim) -> list[str]:
    """Return the secrets that the server's processes have in their environment, and the user's."""
    environments = [process.environ() for process in target.server.processes()] + [target.server.environment]
    found = {environment[name] for environment in environments for name in _SECRETS if name in environment}
    assert len(found) >= 2, found
    return sorted(found)


def _steal(target: Victim, secrets: list[str], user: str) -> dict[str, Any]:
    """Run the thief as a user; return its loot."""
    entry = pwd.getpwnam(user)
    processes = target.server.processes()
    sockets = {each.laddr for process in processes for each in process.net_connections("unix") if each.laddr}
    plan = {
        "user": entry.pw_uid,
        "group": entry.pw_gid,
        "folder": str(target.server.data_dir),
        "ports": target.server.listening(),
        "sockets": sorted(sockets),
        "pids": [process.pid for process in processes],
        "secrets": secrets,
    }
    done = subprocess.run(
        [sys.executable, "-I", other_user.__file__],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loot: dict[str, Any] = json.loads(done.stdout)
    return loot


@as_another_user
def test_another_user_gets_at_nothing(target: Victim, secrets: list[str]) -> None:
    assert _steal(target, secrets, _OTHER) == {"files": [], "sockets": [], "answers": [], "processes": []}


@as_another_user
def test_the_thief_finds_what_there_is(target: Victim, secrets: list[str]) -> None:
    """As root it finds the files and the keys: what it does not find as another user, it could have."""
    loot = _steal(target, secrets, "root")
    assert f"{target.server.data_dir}/records.sqlite" in loot["files"]
    assert any(path.endswith("/environ") for path in loot["processes"])


def test_every_file_is_its_owners_alone(target: Victim) -> None:
    """The data folder's own mode keeps others out; its files do not depend on that."""
    folder = target.server.data_dir
    found = [path for path in (folder, *folder.rglob("*")) if not path.is_symlink()]
    assert [str(path) for path in found if path.exists() and path.stat().st_mode & 0o077] == []


def test_no_log_holds_a_secret(target: Victim, secrets: list[str]) -> None:
    folder = target.server.data_dir
    logs = [path for pattern in _LOGS for path in folder.rglob(pattern) if path.is_file()]
    logs += [target.server.log]
    assert folder / "calls.jsonl" in logs
    holding = [str(path) for path in logs for secret in secrets if secret in path.read_text(errors="replace")]
    assert holding == []
