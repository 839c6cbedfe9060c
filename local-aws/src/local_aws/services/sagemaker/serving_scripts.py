"""The script that a model is served by: where it lies, what it needs, and who runs it."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import OPT_ML, ContainerFolder, unpack_tar
from local_aws.services.sagemaker.images.families import Framework
from local_aws.services.sagemaker.jobs.endings import JobFailedError, JobStoppedError
from local_aws.services.sagemaker.jobs.requirements import with_requirements
from local_aws.services.sagemaker.serving.model_server import ModelServerError

PROGRAM = "SAGEMAKER_PROGRAM"
SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"

_CODE = "/opt/ml/code"
_MODEL_CODE = "/opt/ml/model/code"
_DEFAULT_PROGRAM = "inference.py"
_S3 = "s3://"
_FILE = "file://"
_INSTALL_SECONDS = 600.0
"""The containers' bound on their start."""


@dataclass(frozen=True)
class ServingScript:
    """A script of a model."""

    program: str
    source: str
    """Where its code comes from: the S3 URI of a tar archive, or a place in the container."""
    optional: bool = False
    """Whether the framework serves alone where there is no such file."""

    @classmethod
    def of(cls, framework: Framework, environment: Mapping[str, str]) -> ServingScript | None:
        """Return the script that a container serves by; None if it serves by itself.

        A scikit-learn container without a script raises `ModelServerError`: on AWS it fails ``/ping``.
        """
        program = environment.get(PROGRAM, "")
        if framework == "autogluon" or (framework == "xgboost" and not program):
            return None
        if framework == "pytorch":
            return cls(program or _DEFAULT_PROGRAM, _MODEL_CODE, optional=True)
        if not program:
            raise ModelServerError(
                f"the scikit-learn container serves by a script only; name it in {PROGRAM}, and where it lies in "
                f"{SUBMIT_DIRECTORY}"
            )
        return cls(program, environment.get(SUBMIT_DIRECTORY, _CODE).removeprefix(_FILE))

    @property
    def code(self) -> str:
        """The folder of the code in the container."""
        return _CODE if self.source.startswith(_S3) else self.source.rstrip("/")

    def arguments(self, container: ContainerFolder) -> tuple[str, ...]:
        """Return the arguments for the model server program."""
        program = self.program.removesuffix(".py") + ".py"
        if self.optional and not (container.path(self.code) / program).is_file():
            program = ""
        return ("--code", container.inside(container.path(self.code)), "--program", program, "--by-script")

    def place(self, context: Context, container: ContainerFolder) -> None:
        """Put the code in its folder.

        Raises
        ------
        ModelServerError
            If it is not there, or holds no such script.
        """
        if self.source.startswith(_S3):
            self._unpack(context, container.path(self.code))
        elif not self.source.startswith(f"{OPT_ML}/") or ".." in self.source:
            raise ModelServerError(f"{SUBMIT_DIRECTORY}={self.source!r} must be an s3:// URI or a path below {OPT_ML}")
        file = container.path(self.code) / (self.program.removesuffix(".py") + ".py")
        if not file.is_file() and not self.optional:
            raise ModelServerError(
                f"{PROGRAM} {self.program!r} is not in {self.source}; {SUBMIT_DIRECTORY} must name the archive or "
                f"folder that holds it, {_MODEL_CODE} for the folder code of model.tar.gz"
            )

    def installed(self, context: Context, command: Command, container: ContainerFolder) -> Command:
        """Install what the code's ``requirements.txt`` asks for, and return the command on top of it.

        Raises
        ------
        ModelServerError
            If it cannot be installed.
        """

        def run(pip: Command) -> Outcome:
            return context.jobs.run(replace(pip, timeout_seconds=_INSTALL_SECONDS))

        try:
            return with_requirements(context.settings.environments, container.path(self.code), command, run)
        except JobStoppedError as error:
            raise ModelServerError("stopped while its requirements were installed") from error
        except (JobFailedError, OSError, RuntimeError) as error:
            raise ModelServerError(f"failed to install required packages: {error}") from error

    def _unpack(self, context: Context, code: Path) -> None:
        shutil.rmtree(code, ignore_errors=True)
        try:
            unpack_tar(context.objects.get(*split_uri(self.source)).path, code, context.jobs.limits.job_disk)
        except AwsError as error:
            raise ModelServerError(f"{SUBMIT_DIRECTORY} {self.source} cannot be read: {error.message}") from error
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ModelServerError(f"{SUBMIT_DIRECTORY} {self.source} cannot be unpacked: {error}") from error
