"""CodeBuild's contract."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, operations
from local_aws.kernel.context import Context
from local_aws.services.codebuild.projects import Projects


def build(context: Context) -> Service:
    """Build the service."""
    projects = Projects(context)
    # What has an effect without a build is not supported.
    definition = Members(refused=("badgeEnabled",))
    listing = Pages("projects", token="nextToken")  # noqa: S106 (the name of a member)
    return Service(
        operations(
            "codebuild",
            {
                "CreateProject": Operation(projects.create, definition),
                "UpdateProject": Operation(projects.update, definition),
                "DeleteProject": projects.delete,
                "BatchGetProjects": projects.batch_get,
                "ListProjects": Operation(projects.list, pages=listing),
            },
            error="InvalidInputException",
        )
    )
