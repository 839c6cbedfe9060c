"""Removal of a deployment: what its stacks hold, and what its pipelines created under its tag."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import boto3

from infrastructure.errors import DeploymentError
from infrastructure.names import Names
from infrastructure.refusals import missing_is_fine
from infrastructure.stacks import Stacks

_POLL_SECONDS = 0.5
_MAX_WAIT_SECONDS = 900.0
_OBJECTS_PER_CALL = 1000
_MODEL_NAMES = "pipelines-"
"""What the names of the models that pipelines make begin with: an account's other models are not asked for tags."""

_RUNNING_EXECUTION = frozenset({"Executing", "Stopping"})
_RUNNING_RUN = frozenset({"RUNNING", "STOPPING"})


@dataclass(frozen=True)
class Item:
    """Something to remove; `remove` ignores what is gone already."""

    kind: str
    name: str
    remove: Callable[[], None]


class Removal:
    """What belongs to a deployment, in the order in which it can be removed.

    Only what a stack of the deployment holds or what carries its tag ``Stack`` is removed, and the log groups that a
    stack held. Keeping the bootstrap stack keeps the code bucket, too.
    """

    def __init__(self, session: boto3.session.Session, names: Names, *, keep_bootstrap: bool = False) -> None:
        self._names = names
        self._keep_bootstrap = keep_bootstrap
        self._sagemaker = session.client("sagemaker")
        self._glue = session.client("glue")
        self._s3 = session.client("s3")
        self._logs = session.client("logs")
        self._scaling = session.client("application-autoscaling")
        self._stacks = Stacks(session.client("cloudformation"), self._s3)

    def items(self) -> list[Item]:
        """List what there is to remove, in order."""
        items = [
            *self._running(),
            *self._pipelines(),
            *self._endpoint(),
            *self._endpoint_configs_and_models(),
            *self._packages(),
            *self._stack(self._names.stack),
            *self._log_groups(),
            *([] if self._keep_bootstrap else self._stack(self._names.bootstrap_stack)),
        ]
        return [replace(item, remove=partial(_remove_unless_gone, item.remove)) for item in items]

    def _running(self) -> Iterator[Item]:
        """Yield executions and workflow runs, which would continue to create resources."""
        for pipeline in self._pipeline_names():
            pages = self._sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline)
            for execution in (summary for page in pages for summary in page["PipelineExecutionSummaries"]):
                if execution["PipelineExecutionStatus"] in _RUNNING_EXECUTION:
                    arn = execution["PipelineExecutionArn"]
                    yield Item("running execution", arn, partial(self._stop_execution, arn))
        runs: list[dict[str, Any]] = []
        with missing_is_fine():
            runs = self._glue.get_workflow_runs(Name=self._names.workflow).get("Runs", [])
        for run in runs:
            if run["Status"] in _RUNNING_RUN:
                run_id = run["WorkflowRunId"]
                yield Item("running workflow run", run_id, partial(self._stop_workflow_run, run_id))

    def _pipelines(self) -> Iterator[Item]:
        for name in self._pipeline_names():
            yield Item("pipeline", name, partial(self._sagemaker.delete_pipeline, PipelineName=name))

    def _endpoint(self) -> Iterator[Item]:
        for endpoint in self._listed("list_endpoints", "Endpoints", NameContains=self._names.pipeline):
            if self._is_ours(endpoint["EndpointArn"]):
                name = endpoint["EndpointName"]
                yield Item("endpoint", name, partial(self._remove_endpoint, name))

    def _endpoint_configs_and_models(self) -> Iterator[Item]:
        for config in self._listed("list_endpoint_configs", "EndpointConfigs", NameContains=self._names.pipeline):
            if self._is_ours(config["EndpointConfigArn"]):
                name = config["EndpointConfigName"]
                yield Item(
                    "endpoint config",
                    name,
                    partial(self._sagemaker.delete_endpoint_config, EndpointConfigName=name),
                )
        for model in self._listed("list_models", "Models", NameContains=_MODEL_NAMES):
            if self._is_ours(model["ModelArn"]):
                name = model["ModelName"]
                yield Item("model", name, partial(self._sagemaker.delete_model, ModelName=name))

    def _packages(self) -> Iterator[Item]:
        """Yield the versions of the group, which CloudFormation does not delete with it."""
        held = {resource["LogicalResourceId"] for resource in self._stacks.resources(self._names.stack)}
        if not held:
            return
        group, packages = {"ModelPackageGroupName": self._names.pipeline}, []
        with missing_is_fine():
            packages = list(self._listed("list_model_packages", "ModelPackageSummaryList", **group))
        for summary in packages:
            arn = summary["ModelPackageArn"]
            yield Item("model package", arn, partial(self._sagemaker.delete_model_package, ModelPackageName=arn))

    def _stack(self, name: str) -> Iterator[Item]:
        """Yield a stack's objects, then the stack: CloudFormation removes the rest of what it holds."""
        resources = self._stacks.resources(name)
        for resource in resources:
            # One whose creation failed early is of no name yet.
            bucket = resource.get("PhysicalResourceId")
            if resource["ResourceType"] == "AWS::S3::Bucket" and bucket:
                yield Item("objects of bucket", bucket, partial(self._empty, bucket))
        if resources or self._stacks.is_empty(name):
            yield Item("stack", f"{name} ({len(resources)} resources)", partial(self._stacks.delete, name))

    def _log_groups(self) -> Iterator[Item]:
        """Yield the stack's log groups: they go with it, but one that came back would block the next stack."""
        for name in self._names.log_groups:
            pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
            if any(group["logGroupName"] == name for page in pages for group in page["logGroups"]):
                yield Item("log group", name, partial(self._logs.delete_log_group, logGroupName=name))

    def _pipeline_names(self) -> list[str]:
        summaries = self._listed("list_pipelines", "PipelineSummaries", PipelineNamePrefix=self._names.pipeline)
        ours = {self._names.pipeline, self._names.deploy_pipeline}
        return [
            summary["PipelineName"]
            for summary in summaries
            if summary["PipelineName"] in ours or self._is_ours(summary["PipelineArn"])
        ]

    def _listed(self, operation: str, member: str, **filters: Any) -> Iterator[dict[str, Any]]:
        for page in self._sagemaker.get_paginator(operation).paginate(**filters):
            yield from page[member]

    def _is_ours(self, arn: str) -> bool:
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return any(tag == {"Key": "Stack", "Value": self._names.stack} for page in pages for tag in page["Tags"])

    def _stop_execution(self, arn: str) -> None:
        """Stop an execution, which must end before its pipeline can be deleted."""
        if self._execution_status(arn) == "Executing":
            self._sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
        self._wait(arn, lambda: self._execution_status(arn) not in _RUNNING_EXECUTION)

    def _execution_status(self, arn: str) -> str:
        return str(self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"])

    def _stop_workflow_run(self, run_id: str) -> None:
        if self._run_status(run_id) == "RUNNING":
            self._glue.stop_workflow_run(Name=self._names.workflow, RunId=run_id)
        self._wait(run_id, lambda: self._run_status(run_id) not in _RUNNING_RUN)

    def _run_status(self, run_id: str) -> str:
        return str(self._glue.get_workflow_run(Name=self._names.workflow, RunId=run_id)["Run"]["Status"])

    def _remove_endpoint(self, name: str) -> None:
        """Delete an endpoint, its scalable targets first, and wait until it is gone."""
        pages = self._scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="sagemaker")
        for target in (target for page in pages for target in page["ScalableTargets"]):
            if target["ResourceId"].startswith(f"endpoint/{name}/"):
                self._scaling.deregister_scalable_target(
                    ServiceNamespace="sagemaker",
                    ResourceId=target["ResourceId"],
                    ScalableDimension=target["ScalableDimension"],
                )
        self._sagemaker.delete_endpoint(EndpointName=name)
        self._wait(name, lambda: self._is_gone(lambda: self._sagemaker.describe_endpoint(EndpointName=name)))

    def _empty(self, bucket: str) -> None:
        """Delete a bucket's objects and unfinished uploads."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": _OBJECTS_PER_CALL}
        ):
            keys = [{"Key": content["Key"]} for content in page.get("Contents", [])]
            if keys:
                errors = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True}).get("Errors")
                if errors:
                    raise DeploymentError(f"bucket {bucket}", f"{errors[0]['Key']}: {errors[0]['Message']}")
        for page in self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                self._s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    @staticmethod
    def _is_gone(describe: Callable[[], object]) -> bool:
        with missing_is_fine():
            describe()
            return False
        return True

    @staticmethod
    def _wait(subject: str, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _MAX_WAIT_SECONDS
        while not is_done():
            if time.monotonic() > deadline:
                raise DeploymentError(subject, f"still exists after {_MAX_WAIT_SECONDS:.0f} s; try again")
            time.sleep(_POLL_SECONDS)


def _remove_unless_gone(remove: Callable[[], None]) -> None:
    with missing_is_fine():
        remove()
