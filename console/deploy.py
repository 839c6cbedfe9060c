"""``playgrounds deploy``: code, stack, feeds and pipelines, brought up to date with this checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

import infrastructure
from console.errors import CommandError
from console.feeds import LIVE, LIVE_URLS, FeedFiles, default_source, feed_files
from console.instance_choice import SPOT, with_allowed_types
from console.pipeline_upsert import PipelineUpsert, pipeline_kwargs, pipeline_tags
from console.progress import Progress
from console.session import command_line
from infrastructure.change_sets import ChangeSet
from infrastructure.connections import require_completed
from infrastructure.errors import DeploymentError
from infrastructure.names import Names
from infrastructure.stacks import Stack, Stacks
from pipelines.code_assets import LAMBDA_ARCHIVE, glue_code, lambda_code, project_assets
from pipelines.code_uploads import upload_missing

_TEMPLATES = Path(infrastructure.__file__).parent
_BOOTSTRAP = _TEMPLATES / "bootstrap.yaml"
_OWN_PARAMETERS = frozenset({"Prefix", "CodeBucket", "GlueCodePrefix", "LambdaCodeKey"})


@dataclass(frozen=True)
class Options:
    """What to deploy."""

    source: str | None = None
    """Where the feeds come from: ``"live"``, ``"sample"`` or a folder; None keeps the stack's."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    bootstrap_parameters: Mapping[str, str] = field(default_factory=dict)
    update_bootstrap: bool = False
    """Whether to update an existing bootstrap stack, too."""
    pipeline_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of both pipelines' ``get_pipeline``; settings that are left out keep their values."""
    cloudformation_role_arn: str = ""
    """Role that CloudFormation acts as, for a caller without access to the bootstrap stack, such as a build. If empty,
    the bootstrap stack's role; the stack is created if it does not exist."""
    with_pipelines: bool = True
    """Whether to upsert the pipelines; a build does that by ``run-pipeline``."""
    arguments_dir: Path | None = None
    """Folder for ``kwargs.json`` and ``tags.json``, the pipelines' arguments for ``run-pipeline``."""
    dry_run: bool = False
    """Whether to only show the changes of the stacks."""


def deploy(session: boto3.session.Session, names: Names, options: Options, progress: Progress) -> None:
    """Update a deployment; one that is up to date is not changed.

    The bootstrap stack is created if it does not exist, and left alone otherwise: it belongs to a person, and a build
    must not change it.

    Raises
    ------
    infrastructure.errors.DeploymentError
        A stack operation fails; the stack has rolled back then.
    CommandError
        The feeds are missing, a pipeline cannot be built, or the account's quotas leave no instance type: nothing has
        been made then.
    """
    if own := _OWN_PARAMETERS & options.parameters.keys():
        raise CommandError("deploy", f"deploy itself sets {', '.join(sorted(own))}; see --prefix")
    s3 = session.client("s3")
    stacks = Stacks(session.client("cloudformation"), s3)
    progress.phase("deploy", f"{names.stack} in {names.region}, account {names.account}")
    kwargs = pipeline_kwargs(session.client("sagemaker"), names, options.pipeline_kwargs)
    parameters = {**stacks.parameters(names.stack), **options.parameters}
    kwargs[SPOT] = parameters.get("SpotTraining") == "true"
    kwargs = with_allowed_types(session, kwargs, options.pipeline_kwargs, progress)
    if options.update_bootstrap:
        kept = stacks.parameters(names.bootstrap_stack)
        require_completed(session.client("codeconnections"), {**kept, **options.bootstrap_parameters})
    with ExitStack() as resources:
        upsert = None
        if options.with_pipelines and not options.dry_run:
            upsert = resources.enter_context(PipelineUpsert(names))
        feeds = resources.enter_context(_feeds(stacks, names, options))
        role_arn = options.cloudformation_role_arn or _ensure_bootstrap_stack(stacks, names, options, progress)
        if not role_arn:
            progress.done(names.stack, "is new: it is deployed after the bootstrap stack")
            return
        if not options.dry_run:
            progress.waiting("the code")
            uploaded = upload_missing(s3, names.code_bucket, project_assets())
            progress.done("code", f"{len(uploaded)} new objects in s3://{names.code_bucket}/code/")
        urls = feeds.urls if isinstance(feeds, FeedFiles) else feeds
        _update_stack(stacks, _main_stack(names, options, urls, role_arn), options, progress)
        if isinstance(feeds, FeedFiles) and not options.dry_run:
            feeds.upload(s3)
            progress.done("feeds", feeds.prefix)
        kwargs = {**_job_arguments(stacks, names), **kwargs}
        if options.arguments_dir is not None:
            options.arguments_dir.mkdir(parents=True, exist_ok=True)
            for name, value in (("kwargs", kwargs), ("tags", pipeline_tags(names))):
                text = json.dumps(value, indent=2) + "\n"
                (options.arguments_dir / f"{name}.json").write_text(text, encoding="utf-8")
        if upsert is not None:
            progress.waiting("both pipelines")
            for line in upsert.upsert(stacks.outputs(names.stack)["SageMakerRoleArn"], kwargs):
                outcome, _, arn = line.partition(" ")
                progress.done(arn.rpartition("/")[2], outcome)
    progress.finish()


def _ensure_bootstrap_stack(stacks: Stacks, names: Names, options: Options, progress: Progress) -> str:
    """Create the bootstrap stack if it does not exist; return CloudFormation's role, empty if there is none yet."""
    _wait_for_others(stacks, names.bootstrap_stack, progress)
    if options.update_bootstrap or stacks.describe(names.bootstrap_stack) is None:
        _update_stack(stacks, _bootstrap_stack(names, options), options, progress)
        if options.dry_run and stacks.describe(names.bootstrap_stack) is None:
            return ""
    elif not stacks.has_resources_of(names.bootstrap_stack, _BOOTSTRAP):
        raise DeploymentError(
            f"stack {names.bootstrap_stack}",
            "it is of another version of infrastructure/bootstrap.yaml, whose roles bound what a deployment may have: "
            f"'{command_line(names, 'deploy --update-bootstrap')}' updates it; '--dry-run' shows the changes first",
        )
    outputs = stacks.outputs(names.bootstrap_stack)
    if "CloudFormationRoleArn" not in outputs:
        reason = "it has no output CloudFormationRoleArn: remove it with 'playgrounds destroy', then deploy again"
        raise DeploymentError(f"stack {names.bootstrap_stack}", reason)
    return outputs["CloudFormationRoleArn"]


def _job_arguments(stacks: Stacks, names: Names) -> dict[str, Any]:
    """Return the arguments of ``get_pipeline`` that the stack decides: roles, key and network; none without a stack."""
    if not stacks.describe(names.stack):
        return {}
    outputs = stacks.outputs(names.stack)
    roles = {"jobs_role": "JobsRoleArn", "model_role": "ModelRoleArn"}
    security = {
        "kms_key_arn": outputs.get("JobKeyArn", ""),
        "subnet_ids": [each for each in outputs.get("JobSubnetIds", "").split(",") if each],
        "security_group_ids": [each for each in outputs.get("JobSecurityGroupIds", "").split(",") if each],
        "network_isolation": outputs.get("JobNetworkIsolation") == "true",
    }
    return {
        **{argument: outputs[output] for argument, output in roles.items() if output in outputs},
        "job_security": security,
    }


def _wait_for_others(stacks: Stacks, name: str, progress: Progress) -> None:
    """Wait for an operation on a stack: another deployment, or an earlier one of this command that was interrupted."""
    stack = stacks.describe(name)
    if stack and stack["StackStatus"].endswith("_IN_PROGRESS"):
        progress.done(name, f"{stack['StackStatus']}: waiting for its end")
        stacks.settled(name)


@contextmanager
def _feeds(stacks: Stacks, names: Names, options: Options) -> Iterator[FeedFiles | Mapping[str, str]]:
    """Yield the feeds' files, or the stack's parameters for feeds that need no upload."""
    source = options.source
    if source is None and stacks.describe(names.stack) is None:
        source = default_source()
    if source is None:
        yield {}
    elif source == LIVE:
        yield LIVE_URLS
    else:
        with feed_files(source, names.raw_bucket) as files:
            yield files


def _bootstrap_stack(names: Names, options: Options) -> Stack:
    return Stack(
        name=names.bootstrap_stack,
        template=_BOOTSTRAP,
        parameters={"Prefix": names.prefix, **options.bootstrap_parameters},
        tags={"Stack": names.stack},
    )


def _main_stack(names: Names, options: Options, feed_urls: Mapping[str, str], role_arn: str) -> Stack:
    return Stack(
        name=names.stack,
        template=_TEMPLATES / "stack.yaml",
        parameters={
            "Prefix": names.prefix,
            "GlueCodePrefix": glue_code().prefix,
            "LambdaCodeKey": f"{lambda_code().prefix}{LAMBDA_ARCHIVE}",
            **feed_urls,
            **options.parameters,
        },
        tags={"Stack": names.stack},
        role_arn=role_arn,
        template_bucket=names.code_bucket,
    )


def _update_stack(stacks: Stacks, stack: Stack, options: Options, progress: Progress) -> None:
    """Show what would change in a stack, then change it."""
    _wait_for_others(stacks, stack.name, progress)
    progress.waiting(f"the changes of stack {stack.name}")
    change_set = stacks.plan(stack)
    if change_set is None:
        progress.done(stack.name, "unchanged")
        return
    _show(change_set, progress)
    if options.dry_run:
        stacks.discard(change_set)
        return
    progress.waiting(f"{len(change_set.changes)} changes of stack {stack.name}")
    stacks.execute(change_set)
    progress.done(stack.name, "deployed")


def _show(change_set: ChangeSet, progress: Progress) -> None:
    """Print one line per kind of change: a new stack has too many resources for a line each.

    A change set without changes of resources changes outputs, as a parameter does that only the pipelines use.
    """
    number = len(change_set.changes)
    progress.done(change_set.stack, f"{number} change{'s' if number != 1 else ''}" if number else "outputs change")
    alike: dict[tuple[str, str], list[str]] = {}
    for change in change_set.changes:
        action = "Replace" if change.replacement else change.action
        alike.setdefault((action, change.resource_type), []).append(change.logical_id)
    width = max((len(resource_type) for _, resource_type in alike), default=0)
    for (action, resource_type), names in alike.items():
        progress.note(f"{action:<8} {resource_type:<{width}}  {', '.join(names)}")
