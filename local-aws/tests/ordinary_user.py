"""Runs a command as an ordinary user who can read what root has installed; a program that root starts.

Python may lie in a home that others cannot enter, such as ``/root/.pyenv``. In a mount namespace of its own each such
closed folder is replaced by one that anybody may enter and that holds just what is needed.

Usage: ``ordinary_user.py USER COMMAND [ARGUMENT ...]``; ``USER`` is a number.
"""

from __future__ import annotations

import ctypes
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import NoReturn

_CLONE_NEWNS = 0x00020000


def main() -> NoReturn:
    """Open the way, become the user and the command."""
    user, command = int(sys.argv[1]), sys.argv[2:]
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        sys.exit("there is no mount namespace to be had")
    _mount("--make-rprivate", "/")
    closed: dict[Path, list[Path]] = {}
    for place in _needed():
        gate = next((folder for folder in reversed(place.parents) if not folder.stat().st_mode & 0o001), None)
        if gate is not None:
            closed.setdefault(gate, []).append(place)
    for gate, places in closed.items():
        _open(gate, places)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execvp(command[0], command)  # noqa: S606


def _needed() -> list[Path]:
    """Return the places from which this Python runs, imports and takes tests, the outermost ones."""
    executable = Path(sys.executable)
    places = {Path(sys.prefix), Path(sys.base_prefix), executable.resolve().parent.parent}
    places |= {Path(folder) for folder in (*site.getsitepackages(), sysconfig.get_path("stdlib"), *sys.path[1:])}
    places.add(Path(__file__).parents[1])  # the tests
    existing = {place.absolute() for place in places if place.exists()}
    return sorted(place for place in existing if not existing & set(place.parents))


def _open(gate: Path, places: list[Path]) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as staging:
        kept = [Path(staging, str(number)) for number in range(len(places))]
        for place, keep in zip(places, kept, strict=True):
            keep.mkdir()
            _mount("--bind", str(place), str(keep))
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(gate))
        for place, keep in zip(places, kept, strict=True):
            place.mkdir(parents=True)
            _mount("--bind", str(keep), str(place))
            subprocess.run(["umount", str(keep)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    main()
