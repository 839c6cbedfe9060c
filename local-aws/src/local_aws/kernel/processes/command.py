"""What a child process runs: its arguments, the files and variables that it sees, and its bounds."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import local_aws
from local_aws.kernel.processes.container import ContainerFolder
from local_aws.kernel.processes.isolation import own_root_places

FINDS_LOCAL_AWS = {"PYTHONPATH": str(Path(local_aws.__file__).parent.parent)}
"""The environment of a child that runs a program of local_aws, whatever its Python."""
_PIP_FILES = (Path("~/.config/pip/pip.conf"), Path("~/.pip/pip.conf"))
_PASSED_ON = ("LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Command:
    """A child process to run."""

    job_id: str
    """Unique among running jobs, e.g. ``"training/my-job"``; `JobRunner.stop` takes it."""
    arguments: tuple[str, ...]
    """The argument list; ``python`` and ``python3`` as the first one mean `interpreter`."""
    folder: Path
    """The job folder, the place of ``log.txt``; home too, without a `container`. It must exist."""
    log_group: str
    log_stream: str
    """Where the log goes in CloudWatch Logs."""
    log_begun: bool = False
    """Whether the log has lines already."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables on top of the clean base."""
    timeout_seconds: float | None = None
    """Limit on the run time; None for servers."""
    working_directory: Path | None = None
    """Where the child starts, a place of this machine; the container's root or the job folder if left out."""
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    """Bounds on what its processes use and its folder holds; the runner's limits where they are lower, or left out."""
    interpreter: str = sys.executable
    """The Python that it finds first on its ``PATH``; in a container one of its own, on top of that."""
    notes: tuple[str, ...] = ()
    """What the log says before anything else, in local_aws's name."""
    container: ContainerFolder | None = None
    """The file system that it sees, if it stands for a container."""
    beneath: tuple[Path, ...] = ()
    """The environments that a container's own one lies on, the topmost first; see `python_environment`."""
    shared: tuple[Path, ...] = ()
    """Folders of the server that it may write to, in a root of its own too."""


def places_of(command: Command, hidden: Path) -> list[str]:
    """Return the places of the command's own root; none unless it stands for a container that has one."""
    container = command.container
    if container is None or not container.own_root:
        return []
    directory = container.inside(command.working_directory or container.root)
    shown = (*command.beneath, *_pip_folders())
    return own_root_places(container.root, directory, hidden, command.interpreter, command.shared, shown)


def arguments_of(command: Command) -> list[str]:
    """Return the command's arguments, with the Python that it finds."""
    first, *rest = command.arguments
    python = command.interpreter
    if command.container is not None:
        python = command.container.inside(command.container.environment / "bin" / "python3")
    return [python if first in ("python", "python3") else first, *rest]


def environment_of(command: Command) -> dict[str, str]:
    """Return the clean environment of a command."""
    base = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    container = command.container
    home = str(command.folder if container is None else "/" if container.own_root else container.root)
    return {
        **base,
        **({} if container is None else _pip_settings()),
        "PATH": os.pathsep.join(_programs(command)),
        "HOME": home,
        "TMPDIR": str(Path(home, "tmp")),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        # Jobs share the machine's processors: threads that wait for others leave them to those who have work.
        "OMP_WAIT_POLICY": "PASSIVE",
        **command.environment,
    }


def _programs(command: Command) -> list[str]:
    """Return the folders of programs, the first one first."""
    folders = [str(Path(command.interpreter).parent), os.environ.get("PATH", os.defpath)]
    folders[:0] = [str(environment / "bin") for environment in command.beneath]
    if command.container is not None:
        folders.insert(0, command.container.inside(command.container.environment / "bin"))
    return folders


def _pip_folders() -> list[Path]:
    """Return the folders of packages that pip's variables name, which may lie where a root of its own hides them."""
    links = map(Path, os.environ.get("PIP_FIND_LINKS", "").split())
    return [place for place in links if place.is_absolute() and place.is_dir()]


def _pip_settings() -> dict[str, str]:
    """Return pip's settings of whoever runs the server, whose home the command does not have."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    files = [path for path in map(Path.expanduser, _PIP_FILES) if path.is_file()]
    return {"PIP_RETRIES": "1", **({"PIP_CONFIG_FILE": str(files[0])} if files else {}), **settings}
