"""Glue job definitions: CreateJob, GetJob, GetJobs, ListJobs, UpdateJob, DeleteJob."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.tags import TAGS, tagged
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import Record, now, public, without
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.job_arguments import check_arguments

KIND = "glue-job"

GLUE_VERSIONS = ("5.0", "5.1")
"""Both are Spark 3.5 on Python 3.11; 5.1 is the release that this environment's Spark is of."""

_DEFAULT_VERSION = "6.0"
_DEFAULTS: Record = {
    "JobMode": "SCRIPT",
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "DefaultArguments": {},
    "MaxRetries": 0,
    "Timeout": 480,
    "ExecutionClass": "STANDARD",
}
REFUSED = (
    *("CodeGenConfigurationNodes", "Connections", "JobRunQueuingEnabled", "LogUri", "MaintenanceWindow"),
    *("NotificationProperty", "SecurityConfiguration", "SourceControlDetails"),
)
"""The members of a job's definition that are not supported."""


class JobRecords:
    """The job definitions."""

    def __init__(self, context: Context) -> None:
        self._jobs = Collection(context.records, KIND, _missing, _taken)

    def find(self, name: str) -> Record:
        """Return a job's record, or raise ``EntityNotFoundException``."""
        return self._jobs.get(name)

    def create(self, request: Request) -> Answer:
        """Serve CreateJob."""
        name = request["Name"]
        definition = without(request, "Tags")
        _check(definition)
        created = now()
        tags = request.get("Tags", {})
        job = {**_DEFAULTS, **definition, "CreatedOn": created, "LastModifiedOn": created, TAGS: tags}
        self._jobs.add(name, job)
        return {"Name": name}

    def get(self, request: Request) -> Answer:
        """Serve GetJob."""
        return {"Job": public(self.find(request["JobName"]))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetJobs."""
        return {"Jobs": map(public, self._jobs.list())}

    def list_names(self, request: Request) -> Answer:
        """Serve ListJobs, by tags if the request names any."""
        return {"JobNames": [job["Name"] for job in tagged(self._jobs.list(), request.get("Tags", {}))]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateJob: the new definition replaces the whole old one."""
        name, definition = request["JobName"], request["JobUpdate"]
        old = self.find(name)
        _check(definition)
        kept = {key: old[key] for key in ("Name", "CreatedOn", TAGS)}
        job = {**_DEFAULTS, **definition, **kept, "LastModifiedOn": now()}
        self._jobs.put(name, job)
        return {"JobName": name}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteJob; a job that does not exist is not an error, as in Glue."""
        self._jobs.discard(request["JobName"])
        return {"JobName": request["JobName"]}


def check_capacity(request: Mapping[str, Any]) -> None:
    """Refuse a capacity that is given in both of Glue's ways."""
    if "MaxCapacity" in request and request.keys() & {"WorkerType", "NumberOfWorkers"}:
        raise invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")


def _check(definition: Mapping[str, Any]) -> None:
    for member in ("Role", "Command"):
        if member not in definition:
            raise invalid(f"{member} is required")
    command = definition["Command"]
    if command.get("Name") != "glueetl":
        raise invalid(
            f"local_aws does not support Command.Name {command.get('Name')!r} of Glue jobs (supported: glueetl); "
            "a glueetl script that starts no Spark session is plain Python"
        )
    if command.get("PythonVersion", "3") != "3":
        raise invalid("Command.PythonVersion must be '3'")
    try:
        bucket_and_key = split_uri(command.get("ScriptLocation", ""))
    except AwsError as error:
        raise invalid(f"Command.ScriptLocation: {error.message}") from None
    if not bucket_and_key[1]:
        raise invalid("Command.ScriptLocation names a bucket and no script in it")
    version = definition.get("GlueVersion", _DEFAULT_VERSION)
    if version not in GLUE_VERSIONS:
        default = "" if "GlueVersion" in definition else ", the version of a job that names none,"
        raise invalid(f"GlueVersion {version!r}{default} is not supported; use one of {', '.join(GLUE_VERSIONS)}")
    check_capacity(definition)
    check_arguments(definition.get("DefaultArguments", {}))
    check_arguments(definition.get("NonOverridableArguments", {}))


def _missing(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Job with name: {name} not found.")


def _taken(name: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"Job already exists: {name}")
