"""One run of a Glue script: fetch it, prepare its surroundings, run it as a child process."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.principals import role_arn
from local_aws.kernel.processes.child import Outcome, failure_reason
from local_aws.kernel.processes.command import Command
from local_aws.kernel.records import Record
from local_aws.services.glue.class_archive import class_archive
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.java import JavaNotFoundError, find_java
from local_aws.services.glue.job_arguments import RunArguments, resolve_arguments
from local_aws.services.glue.spark_environment import SparkFolders, heap_mb, spark_environment

LOG_GROUP = "/aws-glue/jobs/output"
SESSION = "GlueJobRunnerSession"
"""The session in which a script has its job's role."""

_SIGNALLED = 128
"""An exit code past this one is this plus the number of the signal that ended the process."""
_REASON_CHARACTERS = 2000
_ARCHIVES = (".egg", ".whl", ".zip")

_LOG_BYTES = 256 * 1024
_TRACEBACK = "Traceback (most recent call last):"
_SPARK_LOG_LINE = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ ")
_JVM_OUT_OF_MEMORY = re.compile(rb"java\.lang\.OutOfMemoryError: [^\r\n]{1,200}")
_JVM_IS_GONE = ("Connection refused", "Py4JNetworkError", "Answer from Java side is empty", "Connection reset by peer")
_HEAP_REMEDY = (
    "Spark's heap is full: give the job a larger WorkerType, --conf spark.driver.memory=SIZE, or, where the machine "
    "sets the bound, more memory with LOCAL_AWS_JOB_MEMORY_MB"
)
_JAVA_FRAME = re.compile(r"^\s+(at |\.\.\. \d+ more)")


@dataclass(frozen=True)
class End:
    """How a run ended."""

    state: str
    error_message: str | None = None


class ScriptRun:
    """A run that is ready to start.

    Parameters
    ----------
    spark
        Where its Spark works, if it starts one.
    role
        The role that its calls act as.
    no_java
        Why Spark could not start, or None.
    """

    def __init__(self, context: Context, command: Command, spark: SparkFolders, role: str, no_java: str | None) -> None:
        self._context = context
        self._command = command
        self._spark = spark
        self._no_java = no_java
        self._role = role

    @staticmethod
    def job_id(run_id: str) -> str:
        """Return the name under which the job runner knows a run."""
        return f"glue/{run_id}"

    @classmethod
    def prepare(cls, context: Context, job: Record, run: Record) -> ScriptRun:
        """Fetch the script and what it needs into the run's folder.

        Raises
        ------
        AwsError
            When something is not there; the message names it.
        """
        folder = context.jobs.folder("glue", run["Id"])
        arguments = resolve_arguments(
            job["Name"],
            f"j_{hashlib.sha256(job['Name'].encode()).hexdigest()}",
            run["Id"],
            job["DefaultArguments"],
            run["Arguments"],
            job.get("NonOverridableArguments", {}),
        )
        script = _fetch(context, arguments.script_location or job["Command"]["ScriptLocation"], folder / "script")
        for uri in arguments.files:
            _fetch(context, uri, folder)
        spark = SparkFolders(folder / "spark")
        environment = context.credentials.of_role(role_arn(job["Role"]), SESSION)
        environment |= _python_path(context, arguments, folder)
        no_java = None
        try:
            java = find_java()
        except JavaNotFoundError as error:
            # A script that starts no Spark session needs no Java.
            no_java = str(error)
        else:
            buckets = context.objects.bucket_folders()
            archive = class_archive(java)
            heap = heap_mb(job, run, context.jobs.limits)
            environment |= spark_environment(spark, buckets, java, archive, heap, arguments.spark_settings)
        command = Command(
            job_id=cls.job_id(run["Id"]),
            arguments=("python", str(script), *arguments.script),
            folder=folder,
            log_group=LOG_GROUP,
            log_stream=run["Id"],
            environment=environment,
            timeout_seconds=run["Timeout"] * 60.0,
        )
        return cls(context, command, spark, role_arn(job["Role"]), no_java)

    def run(self) -> End:
        """Run the script to its end."""
        try:
            with self._context.objects.engine(self._role, SESSION, lambda: self._spark.session_started):
                outcome = self._context.jobs.run(self._command)
        except RuntimeError:
            # The runner is closed: the server stops before the script has started.
            return End("STOPPED")
        if self._spark.session_started:
            for bucket in self._context.objects.bucket_folders():
                self._context.objects.rescan(bucket)
        shutil.rmtree(self._spark.root, ignore_errors=True)
        return self._end(outcome)

    def _end(self, outcome: Outcome) -> End:
        if outcome.succeeded:
            return End("SUCCEEDED")
        if outcome.end == "timed-out":
            return End("TIMEOUT", f"Job run timed out after {outcome.seconds:.0f} s")
        if outcome.end == "stopped":
            return End("STOPPED")
        if outcome.breach:
            return End("FAILED", failure_reason(outcome, limit=_REASON_CHARACTERS))
        message = error_message(self._command.folder / "log.txt") or f"the script ended with code {outcome.exit_code}"
        if outcome.exit_code > _SIGNALLED:
            message = f"the script was ended by signal {outcome.exit_code - _SIGNALLED}; its last words: {message}"
        if self._no_java and "JAVA" in message:
            message = f"{message}\n{self._no_java}"
        return End("FAILED", message)


def _python_path(context: Context, arguments: RunArguments, folder: Path) -> dict[str, str]:
    """Fetch ``--extra-py-files``, and return the variable that makes them importable."""
    if not arguments.python_files:
        return {}
    modules = folder / "python"
    entries = [str(modules)]
    for uri in arguments.python_files:
        path = _fetch(context, uri, modules)
        if path.suffix in _ARCHIVES:
            entries.append(str(path))
        elif path.suffix != ".py":
            raise invalid(f"--extra-py-files takes .py, .zip, .whl and .egg files, not {uri}")
    return {"PYTHONPATH": os.pathsep.join(entries)}


def _fetch(context: Context, uri: str, folder: Path) -> Path:
    """Copy one object into a folder, under its own name."""
    bucket, key = split_uri(uri)
    name = key.rpartition("/")[2]
    if name in ("", ".", ".."):
        raise invalid(f"Failed to fetch {uri}: it does not end in the name of a file")
    try:
        source = context.objects.get(bucket, key)
    except AwsError as error:
        raise invalid(f"Failed to fetch {uri}: {error.message}") from error
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source.path, folder / name))


def error_message(log_file: Path, limit: int = _REASON_CHARACTERS) -> str:
    """Return the exception that ended a script, without its stack.

    Parameters
    ----------
    log_file
        The script's log: standard output and standard error.

    Returns
    -------
    str
        Exception type and message if the log ends in a Python traceback, else the log's last line; empty for an empty
        log. Where Spark's JVM ran out of memory, which the script only sees as a broken connection, that comes first.
    """
    message = _last_words(log_file, limit)
    if "OutOfMemoryError" in message or any(sign in message for sign in _JVM_IS_GONE):
        cause = _out_of_memory(log_file)
        if cause:
            return f"{cause}. {_HEAP_REMEDY}. The script's own error: {message}"[:limit]
    return message


def _out_of_memory(log_file: Path) -> str:
    """Return the JVM's last word on memory; empty when it had none."""
    message = b""
    with log_file.open("rb") as stream:
        while line := stream.readline(_LOG_BYTES):
            match = _JVM_OUT_OF_MEMORY.search(line)
            message = match.group() if match else message
    return message.decode("utf-8", "replace")


def _last_words(log_file: Path, limit: int) -> str:
    with log_file.open("rb") as stream:
        stream.seek(max(0, log_file.stat().st_size - _LOG_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    said = [line for line in lines if line.strip() and not _SPARK_LOG_LINE.match(line)]
    if _TRACEBACK in said:
        after = said[len(said) - said[::-1].index(_TRACEBACK) :]
        start = next((at for at, line in enumerate(after) if not line.startswith(" ")), len(after))
        said = [line for line in after[start:] if not _JAVA_FRAME.match(line)]
        return "\n".join(said)[:limit]
    return said[-1][:limit] if said else ""
