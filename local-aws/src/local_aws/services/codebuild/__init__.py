"""CodeBuild projects as records: no build runs here, and StartBuild is refused."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.codebuild.projects import Projects


def build(context: Context) -> Service:
    """Build the CodeBuild service."""
    projects = Projects(context)
    handlers = {
        "CreateProject": projects.create,
        "UpdateProject": projects.update,
        "DeleteProject": projects.delete,
        "BatchGetProjects": projects.batch_get,
        "ListProjects": projects.list,
    }
    return Service({("codebuild", name): handler for name, handler in handlers.items()})
