"""Python environments on top of another Python: what is installed into one is seen there only.

An environment is a virtual environment that also imports what lies beneath it, with its ``.pth`` files: pip counts that
as installed, and installs another version beside it, never in its place. Making one takes milliseconds.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ASK = (
    "import glob, importlib.util, json, os, site, sys, sysconfig\n"
    "import ensurepip\n"
    "wheels = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), '_bundled', 'pip-*.whl'))\n"
    "print(json.dumps({\n"
    "    'version': '%d.%d' % sys.version_info[:2],\n"
    "    'executable': os.path.realpath(sys.executable),\n"
    "    'packages': list(dict.fromkeys([sysconfig.get_path('purelib'), sysconfig.get_path('platlib')]\n"
    "        + ([] if sys.prefix != sys.base_prefix else site.getsitepackages()))),\n"
    "    'has_pip': importlib.util.find_spec('pip') is not None,\n"
    "    'bundled_pip': wheels[:1],\n"
    "}))\n"
)
_SECONDS = 30.0
_PLACES = (
    "~/.pyenv/versions/{version}.*/bin/python{version}",
    "~/.local/share/uv/python/cpython-{version}.*/bin/python{version}",
)
_FOUND: dict[str, str] = {}
_PIP = '#!/bin/sh\nexec "$(dirname "$0")/python3" -m pip "$@"\n'


class InterpreterError(RuntimeError):
    """Raised when what should be a Python does not answer as one."""


@dataclass(frozen=True)
class Interpreter:
    """A Python of this machine."""

    version: str
    executable: str
    packages: tuple[str, ...]
    """The folders of its installed packages."""
    has_pip: bool
    bundled_pip: tuple[str, ...]
    """The wheel of pip that comes with it; empty if none does."""


@functools.cache
def describe_interpreter(path: str) -> Interpreter:
    """Return what a Python says about itself; `InterpreterError` says that it is none."""
    try:
        answer = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=_SECONDS, check=True)
        description = json.loads(answer.stdout)
        return Interpreter(
            description["version"],
            description["executable"],
            tuple(description["packages"]),
            description["has_pip"],
            tuple(description["bundled_pip"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise InterpreterError(f"{path} is not a Python that can be used: {error}") from error


def packages_of(environment: Path, interpreter: str) -> Path:
    """Return the folder of an environment's packages."""
    return environment / "lib" / f"python{describe_interpreter(interpreter).version}" / "site-packages"


def make_environment(folder: Path, interpreter: str, beneath: Path | None = None, *, alone: bool = False) -> None:
    """Make an environment on top of a Python, or of another environment of it, in a folder that is not there yet.

    Parameters
    ----------
    beneath
        The folder of packages to lie on; the Python's own if left out.
    alone
        Whether it lies on nothing: it imports the standard library, pip, and what is installed into it.
    """
    python = describe_interpreter(interpreter)
    packages = packages_of(folder, interpreter)
    packages.mkdir(parents=True)
    programs = folder / "bin"
    programs.mkdir()
    for name in ("python", "python3", f"python{python.version}"):
        (programs / name).symlink_to(python.executable)
    for name in ("pip", "pip3"):
        (programs / name).write_text(_PIP)
        (programs / name).chmod(0o700)
    home = Path(python.executable).parent
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    layers = () if alone else python.packages if beneath is None else (str(beneath),)
    lines = [f"import site; site.addsitedir({layer!r})" for layer in layers]
    pip = python.bundled_pip if alone or not python.has_pip else ()
    (packages / "beneath.pth").write_text("\n".join((*lines, *pip)) + "\n")


def find_interpreter(version: str) -> str | None:
    """Return the Python of a version such as ``3.8``: on ``PATH``, else one that pyenv or uv has installed.

    One that is not found may be installed while the server runs: only what is found is remembered.
    """
    if version not in _FOUND and (interpreter := _look_for(version)) is not None:
        _FOUND[version] = interpreter
    return _FOUND.get(version)


def _look_for(version: str) -> str | None:
    on_path = shutil.which(f"python{version}")
    places = [place for pattern in _PLACES for place in _matching(pattern.format(version=version))]
    for candidate in (*((on_path,) if on_path else ()), *map(str, places)):
        try:
            python = describe_interpreter(candidate)
        except InterpreterError:  # such as pyenv's stand-in for a version that is not chosen
            continue
        if python.version == version and python.bundled_pip:
            return python.executable
    return None


def _matching(pattern: str) -> list[Path]:
    place = Path(pattern).expanduser()
    return sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
