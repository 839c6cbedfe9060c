"""The ``requirements.txt`` of training and serving scripts, installed once for all scripts that ask for the same.

An environment lies in ``<data>/environments``, under a digest of the file and of the Python beneath it. A file that
names other files is taken together with all of the code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.python_environment import describe_interpreter, packages_of
from local_aws.services.sagemaker.images.shared_environments import SharedEnvironment, pip_error, reached_no_index
from local_aws.services.sagemaker.jobs.endings import JobFailedError, JobStoppedError, clip

_FILE = "requirements.txt"
_ARGUMENTS = ("-m", "pip", "install", "-r", _FILE)
_NAMES_FILES = re.compile(r"^\s*(-|\.|/|file:)|@\s*(file:|\.|/)|\.(whl|zip|tar\.gz)\s*$", re.M)


def with_requirements(folder: Path, code: Path, command: Command, run: Callable[[Command], Outcome]) -> Command:
    """Return a command on top of the environment with what its code asks for; as it is, if that is nothing.

    Parameters
    ----------
    folder
        Where environments lie.
    run
        Runs pip to its end, in the command's container.

    Raises
    ------
    JobFailedError
        If pip fails, in the words of SageMaker's toolkit.
    JobStoppedError
        If the job was stopped meanwhile.
    """
    if not (code / _FILE).is_file():
        return command
    environment = SharedEnvironment(folder / _digest(code, command))
    pip = replace(
        command,
        arguments=(environment.python, *_ARGUMENTS),
        shared=(environment.folder,),
        working_directory=code,
    )

    def install() -> None:
        outcome = run(pip)
        if not outcome.succeeded:
            raise JobStoppedError if outcome.end == "stopped" else JobFailedError(_reason(outcome))

    beneath = packages_of(command.beneath[0], command.interpreter) if command.beneath else None
    environment.make(command.interpreter, install, beneath)
    return replace(command, beneath=(environment.folder, *command.beneath), notes=())


def _digest(code: Path, command: Command) -> str:
    requirements = (code / _FILE).read_bytes()
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
    words = pip_error(outcome)
    if reached_no_index(outcome):
        words += " (no package index can be reached; pip's settings of the server, such as PIP_INDEX_URL, count here)"
    command = " ".join(("python3", *_ARGUMENTS))
    failure = f'InstallRequirementsError:\nExitCode {outcome.exit_code}\nErrorMessage "{words}"\nCommand "{command}"'
    return clip(f"AlgorithmError: {failure}", 16) + ", exit code: 1"
