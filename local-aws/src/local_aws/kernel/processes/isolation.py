"""Whether jobs get a root of their own here: tried out, since systems may allow parts of it only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local_aws.kernel.errors import StartError

VARIABLE = "LOCAL_AWS_JOB_ROOT"
"""The server's variable that asks for a root of their own (``own``) or for rewritten paths (``rewritten``)."""

_PROGRAM = Path(__file__).with_name("own_root.py")
_SECONDS = 20.0
_WRITE = "open('/opt/ml/written', 'w').close()"
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_DEBIAN = Path("/proc/sys/kernel/unprivileged_userns_clone")
_IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True)
class Isolation:
    """How jobs see ``/opt/ml``."""

    reason: str
    """Why they have no root of their own, and the remedy; empty if they have one."""

    @property
    def own_root(self) -> bool:
        """True when each job has a root of its own."""
        return not self.reason

    def describe(self) -> str:
        """Return the sentence for the server's log."""
        if self.own_root:
            return "jobs have a root of their own, in which /opt/ml is theirs"
        return f"jobs see the host's files, and paths below /opt/ml are rewritten for them: {self.reason}"

    def notes(self) -> tuple[str, ...]:
        """Return what the log of a job says."""
        if self.own_root:
            return ()
        return (
            "paths below /opt/ml are rewritten in arguments and variables to the job's folder; code that names them "
            f"itself sees the host's /opt/ml: {self.reason}",
        )


def find_isolation(folder: Path, environment: Mapping[str, str] = os.environ) -> Isolation:
    """Make a root as jobs get it, in a new folder below `folder`, and return whether that works.

    `StartError` says that the environment asks for something unavailable or unknown.
    """
    wish = environment.get(VARIABLE, "")
    if wish not in ("", "own", "rewritten"):
        raise StartError(f"{VARIABLE} must be own or rewritten; got {wish!r}")
    if wish == "rewritten":
        return Isolation(f"{VARIABLE} is rewritten")
    reason = _try(folder)
    if reason and wish == "own":
        raise StartError(f"{VARIABLE} is own, and jobs cannot have a root of their own: {reason}")
    return Isolation(reason)


def own_root_places(
    root: Path,
    directory: str,
    hidden: Path,
    interpreter: str,
    shared: Iterable[Path] = (),
    shown: Iterable[Path] = (),
) -> list[str]:
    """Return the places that describe a command's own root; see `own_root`."""
    return [
        f"root={root}",
        f"directory={directory}",
        f"hidden={hidden}",
        *(f"shown={place}" for place in (*_needed(interpreter), *shown)),
        *(f"shared={folder}" for folder in shared),
    ]


def _needed(interpreter: str) -> list[str]:
    """Return the places that a Python needs, and those that this process imports from."""
    path = Path(interpreter)
    prefixes = (path.parent.parent, path.resolve().parent.parent, Path(sys.prefix), Path(sys.base_prefix))
    places = dict.fromkeys((*prefixes, *map(Path, sys.path)))
    return [str(place) for place in places if place.is_absolute() and place.exists()]


def _try(folder: Path) -> str:
    """Return why a root of its own is not available; empty if it is."""
    if sys.platform != "linux":
        return "only Linux has the namespaces that it takes"
    with tempfile.TemporaryDirectory(dir=folder, prefix="isolation-") as name:
        root = Path(name)
        written = root / "opt" / "ml" / "written"
        written.parent.mkdir(parents=True)
        places = own_root_places(root, "/", folder, sys.executable)
        python = (sys.executable, "-I", "-S")
        command = [*python, str(_PROGRAM), *places, "--", *python, "-c", _WRITE]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if ended.returncode == 0 and written.exists():
            return ""
        words = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
    return f"{words}; {_remedy()}"


def _remedy() -> str:
    """Return what lets jobs have a root of their own."""
    if any(path.exists() for path in _IN_CONTAINER):
        return (
            "run the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined --cap-add SYS_ADMIN"
        )
    if _read(_APPARMOR) == "1":
        return f"allow user namespaces: sudo sysctl -w kernel.{_APPARMOR.name}=0"
    if _read(_DEBIAN) == "0":
        return f"allow user namespaces: sudo sysctl -w kernel.{_DEBIAN.name}=1"
    return "the kernel must be 5.12 or later and allow user namespaces (sysctl user.max_user_namespaces)"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
