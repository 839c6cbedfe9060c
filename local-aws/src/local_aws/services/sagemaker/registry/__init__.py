"""The model registry: model package groups and the packages in them."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.sagemaker.job_board import JobBoard
from local_aws.services.sagemaker.registry.groups import Groups
from local_aws.services.sagemaker.registry.packages import Packages
from local_aws.services.sagemaker.tags import Tags


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on model package groups and model packages."""
    groups = Groups(context, tags)
    packages = Packages(context, groups, tags)
    return Service({**groups.operations, **packages.operations})
