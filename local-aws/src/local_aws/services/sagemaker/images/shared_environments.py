"""Python environments in ``<data>/environments``, which all jobs and model servers share that need the same."""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.python_environment import make_environment

_COMPLETE = "complete"
_ERROR_MARK = "ERROR: "
_UNREACHED = ("NewConnectionError", "Temporary failure in name resolution", "Network is unreachable", "ProxyError")
"""What pip says where it reaches no index."""
_LOCKS: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class SharedEnvironment:
    """An environment that is made once, by the first that needs it; the folder's name tells what is in it."""

    folder: Path

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python3")

    @property
    def is_complete(self) -> bool:
        """Whether it has been made."""
        return (self.folder / _COMPLETE).is_file()

    def make(
        self, interpreter: str, install: Callable[[], Any], beneath: Path | None = None, *, alone: bool = False
    ) -> None:
        """Make it, unless it is there; see `make_environment`. Of one that `install` does not complete, nothing stays.

        Parameters
        ----------
        install
            Installs what it is to hold; what it raises is raised here.
        """
        with _LOCKS[self.folder]:
            if self.is_complete:
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            make_environment(self.folder, interpreter, beneath, alone=alone)
            try:
                install()
            except BaseException:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise
            (self.folder / _COMPLETE).touch()


def pip_error(outcome: Outcome) -> str:
    """Return the last error that pip has printed, else its last line."""
    errors = [line.partition(_ERROR_MARK)[2] for line in outcome.tail if _ERROR_MARK in line]
    return (errors or outcome.tail or ("",))[-1]


def reached_no_index(outcome: Outcome) -> bool:
    """Return whether pip has failed because it reaches no package index."""
    return any(mark in line for line in outcome.tail for mark in _UNREACHED)
