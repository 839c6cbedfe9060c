"""Glue job definitions: CreateJob, GetJob, GetJobs, ListJobs, UpdateJob, DeleteJob."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.glue.job_arguments import check_arguments
from local_aws.services.glue.tags import KEY as TAGS
from local_aws.services.glue.tags import tagged
from local_aws.services.s3.objects import split_uri

KIND = "glue-job"

GLUE_VERSIONS = ("5.0", "5.1")
"""Both are Spark 3.5 on Python 3.11; 5.1 is the release that this environment's Spark is of."""

_DEFAULTS: Record = {
    "JobMode": "SCRIPT",
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "DefaultArguments": {},
    "MaxRetries": 0,
    "Timeout": 480,
    "GlueVersion": "5.1",
    "ExecutionClass": "STANDARD",
}
_REFUSED = (
    *("CodeGenConfigurationNodes", "Connections", "JobRunQueuingEnabled", "LogUri", "MaintenanceWindow"),
    *("NotificationProperty", "SecurityConfiguration", "SourceControlDetails"),
)
"""Members that ask for something that is not done here."""


class JobRecords:
    """The job definitions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def find(self, name: str) -> Record:
        """Return a job's record."""
        job = self._context.records.get(KIND, name)
        if job is None:
            raise AwsError("EntityNotFoundException", f"Job with name: {name} not found.")
        return job

    def create(self, request: Request) -> Answer:
        """CreateJob."""
        name = request["Name"]
        definition = {key: value for key, value in request.items() if key != "Tags"}
        _check(definition)
        moment = now()
        tags = request.get("Tags", {})
        job = {**_DEFAULTS, **definition, "CreatedOn": moment, "LastModifiedOn": moment, TAGS: tags}
        try:
            self._context.records.insert(KIND, name, job)
        except KeyError:
            raise AwsError("AlreadyExistsException", f"Job already exists: {name}") from None
        return {"Name": name}

    def get(self, request: Request) -> Answer:
        """GetJob."""
        return {"Job": public(self.find(request["JobName"]))}

    def get_all(self, request: Request) -> Answer:
        """GetJobs."""
        jobs, token = page([public(job) for job in self._context.records.list(KIND)], request)
        return _with_token({"Jobs": jobs}, token)

    def list_names(self, request: Request) -> Answer:
        """ListJobs, by tags if any are asked for."""
        names, token = page(tagged(self._context.records.list(KIND), request.get("Tags", {})), request)
        return _with_token({"JobNames": names}, token)

    def update(self, request: Request) -> Answer:
        """UpdateJob: the new definition takes the place of the whole old one."""
        name, definition = request["JobName"], request["JobUpdate"]
        old = self.find(name)
        _check(definition)
        kept = {key: old[key] for key in ("Name", "CreatedOn", TAGS)}
        job = {**_DEFAULTS, **definition, **kept, "LastModifiedOn": now()}
        self._context.records.put(KIND, name, job)
        return {"JobName": name}

    def delete(self, request: Request) -> Answer:
        """DeleteJob; a job that is not there is not an error, as in Glue."""
        self._context.records.delete(KIND, request["JobName"])
        return {"JobName": request["JobName"]}


def check_capacity(request: Mapping[str, Any]) -> None:
    """Refuse a capacity that is given in both of Glue's ways."""
    if "MaxCapacity" in request and request.keys() & {"WorkerType", "NumberOfWorkers"}:
        raise AwsError(
            "InvalidInputException", "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )


def _check(definition: Mapping[str, Any]) -> None:
    for member in ("Role", "Command"):
        if member not in definition:
            raise AwsError("InvalidInputException", f"{member} is required")
    command = definition["Command"]
    if command.get("Name") != "glueetl":
        raise AwsError(
            "InvalidInputException",
            f"local_aws runs jobs whose Command.Name is 'glueetl', not {command.get('Name')!r}; a glueetl script that "
            "starts no Spark session is plain Python",
        )
    if command.get("PythonVersion", "3") != "3":
        raise AwsError("InvalidInputException", "Command.PythonVersion must be '3'")
    try:
        bucket_and_key = split_uri(command.get("ScriptLocation", ""))
    except AwsError as error:
        raise AwsError("InvalidInputException", f"Command.ScriptLocation: {error.message}") from None
    if not bucket_and_key[1]:
        raise AwsError("InvalidInputException", "Command.ScriptLocation names a bucket and no script in it")
    version = definition.get("GlueVersion", _DEFAULTS["GlueVersion"])
    if version not in GLUE_VERSIONS:
        raise AwsError(
            "InvalidInputException", f"GlueVersion {version!r} is not run here; use one of {', '.join(GLUE_VERSIONS)}"
        )
    asked_for = [member for member in _REFUSED if definition.get(member)]
    if asked_for:
        raise AwsError(
            "InvalidInputException", f"local_aws does not do {', '.join(asked_for)} of Glue jobs; leave it out"
        )
    check_capacity(definition)
    check_arguments(definition.get("DefaultArguments", {}))
    check_arguments(definition.get("NonOverridableArguments", {}))


def _with_token(answer: Answer, token: str | None) -> Answer:
    return {**answer, "NextToken": token} if token else answer
