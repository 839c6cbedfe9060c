"""The two wheels, built from what is committed or about to be, in environments that have nothing else of it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT, SERVER = ROOT, ROOT / "local-aws"


def build(distribution: Path, folder: Path) -> Path:
    """Build a distribution's wheel; return it."""
    source, wheels = folder / f"{distribution.name}-source", folder / f"{distribution.name}-wheel"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=distribution,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (distribution / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((distribution / name).read_bytes())
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    (wheel,) = wheels.glob("*.whl")
    return wheel


def install(wheels: Sequence[Path], folder: Path) -> Path:
    """Install wheels into a new environment; return the folder of its commands.

    The libraries are this environment's, by a ``.pth`` file: editable installs, which are such files themselves, do not
    reach through it.
    """
    venv.create(folder, symlinks=True)
    own = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder)}))
    (own / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _pip("--python", str(folder / "bin" / "python"), "install", "--no-deps", *map(str, wheels))
    return folder / "bin"


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def environment() -> dict[str, str]:
    """Return this process's environment without what points at AWS or at this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}
