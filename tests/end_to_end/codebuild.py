"""Runs buildspec.yml's commands as CodeBuild does, in a copy of this checkout with an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PHASES = ("install", "pre_build", "build", "post_build")
RUNS = "[Container] Running command "

_NOT_OF_THE_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "playgrounds-data")


def commands(buildspec: Mapping[str, Any]) -> list[str]:
    """Return a buildspec's commands in the order in which CodeBuild runs them."""
    phases = buildspec["phases"]
    assert set(phases) <= set(PHASES)
    return [command for phase in PHASES for command in phases.get(phase, {}).get("commands", ())]


@dataclass(frozen=True)
class Container:
    """A container that builds are run in.

    Parameters
    ----------
    source
        The copy of the checkout.
    environment
        What the project and CodeBuild itself set.
    """

    source: Path
    environment: Mapping[str, str]

    @classmethod
    def make(cls, folder: Path, environment: Mapping[str, str]) -> Container:
        """Copy the checkout, and make a Python that has this one's packages and takes new ones for itself.

        Nothing is downloaded: ``pip install`` finds all that the constraints pin installed, or fails.
        """
        source, python = folder / "source", folder / "python"
        shutil.copytree(ROOT, source, ignore=_NOT_OF_THE_SOURCE)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", python], check=True)
        own = sysconfig.get_path("purelib", "venv", vars={"base": str(python)})
        (Path(own) / "installed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return cls(
            source,
            {
                "PATH": f"{python / 'bin'}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(folder),
                "LANG": "C.UTF-8",
                "PIP_NO_INDEX": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                # pip's variable for --no-build-isolation is the wrong way round.
                "PIP_NO_BUILD_ISOLATION": "0",
                **environment,
            },
        )

    def build(self, **overrides: str) -> subprocess.CompletedProcess[str]:
        """Run a build to its end, with variables overridden.

        Commands share one shell, as CodeBuild has it since version 0.2; the first that fails is the last.
        """
        buildspec = yaml.safe_load((self.source / "buildspec.yml").read_text())
        assert buildspec["version"] == 0.2
        script = "\n".join(
            f"echo '{RUNS}'{number}\n{{ {command}\n}} || exit $?" for number, command in enumerate(commands(buildspec))
        )
        return subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.source,
            env={**self.environment, **overrides},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
