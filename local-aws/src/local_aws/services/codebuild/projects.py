"""Build projects."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import now

KIND = "codebuild-project"
_PAGE = 100
_REFUSED = ("badgeEnabled",)
"""What has an effect without a build, and is not done here."""


class Projects:
    """The build projects of the account."""

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._arn = context.settings.arn

    def create(self, request: Request) -> Answer:
        """Serve CreateProject."""
        definition = _definition(request)
        moment = now()
        project = {
            "arn": self._arn("codebuild", f"project/{request['name']}"),
            "timeoutInMinutes": 60,
            "queuedTimeoutInMinutes": 480,
            "encryptionKey": self._arn("kms", "alias/aws/s3"),
            **definition,
            "created": moment,
            "lastModified": moment,
        }
        try:
            self._records.insert(KIND, request["name"], project)
        except KeyError:
            raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {project['arn']}") from None
        return {"project": project}

    def update(self, request: Request) -> Answer:
        """Serve UpdateProject: members that are given replace the old ones."""
        definition = _definition(request)
        try:
            changed = self._records.update(
                KIND, request["name"], lambda project: project.update({**definition, "lastModified": now()})
            )
        except KeyError:
            raise AwsError("ResourceNotFoundException", f"Project cannot be found: {request['name']}") from None
        return {"project": changed}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteProject; one that is not there is not an error, as in CodeBuild."""
        self._records.delete(KIND, request["name"].removeprefix(self._arn("codebuild", "project/")))
        return {}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetProjects, by names or ARNs."""
        found: list[dict[str, Any]] = []
        missing: list[str] = []
        for name in request["names"]:
            project = self._records.get(KIND, name.removeprefix(self._arn("codebuild", "project/")))
            if project is None:
                missing.append(name)
            else:
                found.append(project)
        return {"projects": found, **({"projectsNotFound": missing} if missing else {})}

    def list(self, request: Request) -> Answer:
        """Serve ListProjects."""
        member = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(
            request.get("sortBy", ""), "name"
        )
        found = sorted(self._records.list(KIND), key=lambda project: project[member])
        if request.get("sortOrder") == "DESCENDING":
            found.reverse()
        names, token = page([project["name"] for project in found], request, token_key="nextToken", default=_PAGE)  # noqa: S106 (the name of a member)
        # An answer's list of names has at least one; none is no list.
        return {**({"projects": names} if names else {}), **({"nextToken": token} if token else {})}


def _definition(request: Request) -> Request:
    """Return the members that a project keeps; what is not done may be asked for with its default only."""
    asked_for = [member for member in _REFUSED if request.get(member)]
    if asked_for:
        raise AwsError(
            "InvalidInputException", f"local_aws does not do {', '.join(asked_for)} of project {request['name']}"
        )
    return {member: value for member, value in request.items() if member not in _REFUSED}
