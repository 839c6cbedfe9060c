"""What the ``requirements.txt`` of a training or serving script asks for, installed once for all that ask for the same.

An environment lies in ``<data>/environments``, under a digest of the file and of the Python beneath it. A file that
names other files is taken together with all of the code.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.python_environment import describe_interpreter, make_environment, packages_of
from local_aws.services.sagemaker.images.environments import UNREACHED
from local_aws.services.sagemaker.jobs.job_store import JobFailedError, JobStoppedError, clip

FILE = "requirements.txt"
ARGUMENTS = ("-m", "pip", "install", "-r", FILE)

_COMPLETE = "complete"
_NAMES_FILES = re.compile(r"^\s*(-|\.|/|file:)|@\s*(file:|\.|/)|\.(whl|zip|tar\.gz)\s*$", re.M)
_ERROR_MARK = "ERROR: "


_LOCKS: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
"""By environment: jobs and model servers share them."""


class Requirements:
    """The environments of a server.

    Parameters
    ----------
    folder
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def install(self, code: Path, command: Command, install: Callable[[Path], Outcome]) -> Path | None:
        """Return the environment with what the code asks for; None if it asks for nothing.

        Parameters
        ----------
        command
            The command that it is for, on whose Python and environments it lies.
        install
            Runs pip, with `ARGUMENTS`, by the Python of the environment that it is given.

        Raises
        ------
        JobFailedError
            If pip fails, in the words of SageMaker's toolkit.
        JobStoppedError
            If the job was stopped meanwhile.
        """
        if not (code / FILE).is_file():
            return None
        environment = self._folder / _digest(code, command)
        with _LOCKS[environment]:
            if (environment / _COMPLETE).exists():
                return environment
            shutil.rmtree(environment, ignore_errors=True)
            beneath = packages_of(command.beneath[0], command.interpreter) if command.beneath else None
            make_environment(environment, command.interpreter, beneath)
            outcome = install(environment)
            if not outcome.succeeded:
                shutil.rmtree(environment)
                raise JobStoppedError if outcome.end == "stopped" else JobFailedError(_reason(outcome))
            (environment / _COMPLETE).touch()
        return environment


def _digest(code: Path, command: Command) -> str:
    requirements = (code / FILE).read_bytes()
    python = describe_interpreter(command.interpreter)
    digest = hashlib.sha256(python.executable.encode())
    digest.update(repr(tuple(map(str, command.beneath)) or python.packages).encode())
    digest.update(requirements)
    if _NAMES_FILES.search(requirements.decode(errors="replace")):
        for file in sorted(path for path in code.rglob("*") if path.is_file()):
            digest.update(str(file.relative_to(code)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _reason(outcome: Outcome) -> str:
    """Return why a job has failed whose requirements cannot be installed."""
    errors = [line.partition(_ERROR_MARK)[2] for line in outcome.tail if _ERROR_MARK in line]
    words = errors[-1] if errors else (outcome.tail or ("",))[-1]
    if any(mark in line for line in outcome.tail for mark in UNREACHED):
        words += " (no package index can be reached; pip's settings of the server, such as PIP_INDEX_URL, count here)"
    command = " ".join(("python3", *ARGUMENTS))
    failure = f'InstallRequirementsError:\nExitCode {outcome.exit_code}\nErrorMessage "{words}"\nCommand "{command}"'
    return clip(f"AlgorithmError: {failure}", 16) + ", exit code: 1"
