"""Environments with the library versions of an image, made once and kept for all jobs and model servers that name it.

An environment lies under a digest of what it asks the package index for and of its Python. It holds what the container
does and nothing of the server's Python. Where it cannot be made (no index is reached, or has the version for no Python
of this machine), what is installed stands for the image, and the reason is said.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.python_environment import describe_interpreter, find_interpreter
from local_aws.services.sagemaker.images import smoke
from local_aws.services.sagemaker.images.container_libraries import ContainerLibraries
from local_aws.services.sagemaker.images.resolution import VARIABLE, Image
from local_aws.services.sagemaker.images.shared_environments import SharedEnvironment, pip_error, reached_no_index

PYTHONS = ("3.11", "3.10", "3.9", "3.12", "3.13", "3.8", "3.7")
"""The Pythons that carry environments, in the order in which they stand for a container's."""

_VERSIONS = "versions.json"
_REQUIREMENTS = "requirements.txt"
_PIP = (
    *("-m", "pip", "install", "--only-binary", ":all:", "--progress-bar", "off", "--timeout", "10"),
    *("--disable-pip-version-check", "-r"),
)
_INSTALL_SECONDS = 900.0
_REMEMBERED_SECONDS = 600.0
_NO_DISTRIBUTION = "No matching distribution found for "
_CONFLICT = "ResolutionImpossible"

Run = Callable[[Command], Outcome]
"""Runs a command to its end, within the job that needs the environment."""

_FAILURES: dict[Path, tuple[float, _CannotMakeError]] = {}
"""Why an environment could not be made, and when: it is not tried again for some minutes."""


class _CannotMakeError(Exception):
    """Raised when an environment cannot be made; its text says why."""


class _NotHereError(_CannotMakeError):
    """Raised when an environment cannot be made on this Python, and perhaps on another."""


@dataclass(frozen=True)
class _Candidate:
    """A Python that may carry an image's libraries."""

    libraries: ContainerLibraries
    environment: SharedEnvironment
    interpreter: str
    version: str
    requirements: str
    exact: bool


class ImageEnvironments:
    """The environments of a server.

    Parameters
    ----------
    folder
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def apply(self, image: Image, command: Command, run: Run) -> tuple[Image, Command]:
        """Return an image with its own library versions, and the command of a job on them.

        Where the environment cannot be made the image says why in its `substitution`, unless it must not have one.

        Parameters
        ----------
        command
            The job's, as it runs on the server's Python; pip runs in its container, and prints into its log.

        Raises
        ------
        SubstituteError
            If the image must not be substituted.
        """
        libraries = image.libraries
        if libraries is None:
            return image, command
        try:
            candidate = self._find(image, libraries, command, run)
        except _CannotMakeError as error:
            image = replace(image, libraries=None, substitution=f"{image.substitution} ({error})")
            if image.strict:
                raise SubstituteError(
                    f"ClientError: {image.substitution} of {image.uri}, and the server runs with --strict-images"
                ) from error
            return image, replace(command, notes=image.notes)
        own = replace(image, substitution=_differences(libraries, candidate), interpreter=candidate.interpreter)
        return own, replace(
            command,
            interpreter=candidate.interpreter,
            beneath=(candidate.environment.folder,),
            notes=_said(own, candidate),
        )

    def _find(self, image: Image, libraries: ContainerLibraries, command: Command, run: Run) -> _Candidate:
        """Return the first candidate that is there, or can be made."""
        candidates = list(self._candidates(libraries))
        for candidate in candidates:
            if candidate.environment.is_complete:
                return candidate
        reasons: list[str] = []
        for candidate in candidates:
            try:
                self._make(candidate, image, command, run)
            except _NotHereError as error:
                reasons.append(str(error))
            else:
                return candidate
        raise _CannotMakeError(reasons[0])

    def _candidates(self, libraries: ContainerLibraries) -> Iterator[_Candidate]:
        for version in libraries.pythons:
            interpreter = find_interpreter(version)
            if interpreter is not None:
                yield self._candidate(libraries, interpreter, exact=True)
        server = describe_interpreter(sys.executable)
        if server.bundled_pip:
            yield self._candidate(libraries, server.executable, exact=False)
        for version in PYTHONS:
            interpreter = None if version in (server.version, *libraries.pythons) else find_interpreter(version)
            if interpreter is not None:
                yield self._candidate(libraries, interpreter, exact=False)

    def _candidate(self, libraries: ContainerLibraries, interpreter: str, *, exact: bool) -> _Candidate:
        text = libraries.requirements(exact=exact)
        python = describe_interpreter(interpreter)
        digest = hashlib.sha256(f"{python.executable}\n{python.version}\n{text}".encode()).hexdigest()[:16]
        environment = SharedEnvironment(self._folder / f"image-{digest}")
        return _Candidate(libraries, environment, interpreter, python.version, text, exact)

    def _make(self, candidate: _Candidate, image: Image, command: Command, run: Run) -> None:
        folder = candidate.environment.folder

        def install() -> None:
            failed_at, failure = _FAILURES.get(folder, (-math.inf, _CannotMakeError()))
            if time.monotonic() - failed_at < _REMEMBERED_SECONDS:
                raise type(failure)(*failure.args)
            try:
                self._install(candidate, image, command, run)
            except _CannotMakeError as error:
                _FAILURES[folder] = (time.monotonic(), error)
                raise

        candidate.environment.make(candidate.interpreter, install, alone=True)

    def _install(self, candidate: _Candidate, image: Image, command: Command, run: Run) -> None:
        libraries, python, folder = candidate.libraries, candidate.environment.python, candidate.environment.folder
        (folder / _REQUIREMENTS).write_text(candidate.requirements)
        name = f"{libraries.library} {libraries.version}"
        pip = replace(
            command,
            arguments=(python, *_PIP, str(folder / _REQUIREMENTS)),
            interpreter=candidate.interpreter,
            shared=(folder,),
            timeout_seconds=_INSTALL_SECONDS,  # the job's own bound counts from its start, as after pulling an image
            disk_bytes=None,
            working_directory=None,
            environment={},
            notes=(
                f"a Python {candidate.version} environment with {name} is made for {image.uri}, once; this may take "
                f"minutes, and {VARIABLE}=installed does without",
            ),
        )
        outcome = run(pip)
        if not outcome.succeeded:
            raise _pip_error(outcome, name, candidate)
        check = replace(pip, arguments=(python, smoke.__file__, libraries.library, str(folder / _VERSIONS)), notes=())
        outcome = run(check)
        if not outcome.succeeded or not (folder / _VERSIONS).is_file():
            words = (outcome.tail or ("",))[-1]
            raise _NotHereError(f"{name} does not work on Python {candidate.version}: {words}")


class SubstituteError(Exception):
    """Raised when another version would stand for an image, and the server runs with ``--strict-images``."""


def _pip_error(outcome: Outcome, name: str, candidate: _Candidate) -> _CannotMakeError:
    if reached_no_index(outcome):
        return _CannotMakeError("no package index can be reached")
    if outcome.end == "timed-out":
        return _CannotMakeError(f"installing {name} took longer than {outcome.seconds:.0f} s")
    words = outcome.breach or pip_error(outcome) or f"exit code {outcome.exit_code}"
    if words.startswith(_NO_DISTRIBUTION):
        absent = words[len(_NO_DISTRIBUTION) :].partition(";")[0].strip()
        return _NotHereError(f"the package index has no {absent} for Python {candidate.version}")
    if _CONFLICT in words:
        return _NotHereError(f"{name} cannot be installed for Python {candidate.version}: {words}")
    return _CannotMakeError(f"{name} cannot be installed: {words}")


def _differences(libraries: ContainerLibraries, candidate: _Candidate) -> str:
    """Return what stands for the container's versions in an environment; empty if they are its own."""
    if candidate.exact:
        return "" if candidate.version == libraries.python else _python_stands(libraries, candidate)
    versions: dict[str, str] = json.loads((candidate.environment.folder / _VERSIONS).read_text())
    wanted = dict(pin.split("==") for pin in libraries.pins if "==" in pin)
    others = [f"{name} {versions[name]} for {pin}" for name, pin in wanted.items() if versions.get(name, pin) != pin]
    return ", ".join((_python_stands(libraries, candidate), *others))


def _python_stands(libraries: ContainerLibraries, candidate: _Candidate) -> str:
    return f"{libraries.library} is {libraries.version}; Python {candidate.version} stands for {libraries.python}"


def _said(image: Image, candidate: _Candidate) -> tuple[str, ...]:
    libraries = candidate.libraries
    words = image.substitution or f"{libraries.library} is {libraries.version}, on Python {candidate.version}"
    return (f"{words}: the environment {candidate.environment.folder.name} of {image.uri}",)
