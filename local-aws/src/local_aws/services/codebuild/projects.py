"""Build projects."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import now, without

KIND = "codebuild-project"


class Projects:
    """The build projects of the account."""

    def __init__(self, context: Context) -> None:
        self._arn = context.settings.arn
        self._projects = Collection(context.records, KIND, _missing, self._taken)

    def create(self, request: Request) -> Answer:
        """Serve CreateProject."""
        created = now()
        project = {
            "arn": self._arn("codebuild", f"project/{request['name']}"),
            "timeoutInMinutes": 60,
            "queuedTimeoutInMinutes": 480,
            "encryptionKey": self._arn("kms", "alias/aws/s3"),
            **without(request, "badgeEnabled"),
            "created": created,
            "lastModified": created,
        }
        self._projects.add(request["name"], project)
        return {"project": project}

    def update(self, request: Request) -> Answer:
        """Serve UpdateProject: the members in the request replace the old ones."""
        changes = {**without(request, "badgeEnabled"), "lastModified": now()}
        return {"project": self._projects.change(request["name"], lambda project: project.update(changes))}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteProject; a project that does not exist is not an error, as in CodeBuild."""
        self._projects.discard(request["name"].removeprefix(self._arn("codebuild", "project/")))
        return {}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetProjects, by names or ARNs."""
        projects: list[dict[str, Any]] = []
        missing: list[str] = []
        for name in request["names"]:
            project = self._projects.find(name.removeprefix(self._arn("codebuild", "project/")))
            if project is None:
                missing.append(name)
            else:
                projects.append(project)
        return {"projects": projects, **({"projectsNotFound": missing} if missing else {})}

    def list(self, request: Request) -> Answer:
        """Serve ListProjects."""
        member = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(
            request.get("sortBy", ""), "name"
        )
        newest_first = request.get("sortOrder") == "DESCENDING"
        projects = sorted(self._projects.list(), key=lambda project: project[member], reverse=newest_first)
        return {"projects": [project["name"] for project in projects]}

    def _taken(self, name: str) -> AwsError:
        arn = self._arn("codebuild", f"project/{name}")
        return AwsError("ResourceAlreadyExistsException", f"Project already exists: {arn}")


def _missing(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Project cannot be found: {name}")
