"""``playgrounds run``: the Glue workflow, and the pipeline execution that its end starts."""

from __future__ import annotations

from dataclasses import dataclass

import boto3

from console.contest import champion
from console.executions import Execution, follow, running_execution, started_after
from console.instance_choice import require_allowed_types
from console.pipeline_upsert import pipeline_kwargs
from console.progress import Progress
from console.registry import Package, package
from console.session import command_line
from console.workflow_run import run_workflow
from infrastructure.names import Names


@dataclass(frozen=True)
class Run:
    """The pipeline execution of a run, and the model package that it registered."""

    execution: Execution
    package: Package


def run(session: boto3.session.Session, names: Names, progress: Progress) -> Run:
    """Import the feeds, join them, and train, measure and register a model.

    Nothing here starts the pipeline: the last crawler's success does, through the stack's rule. An execution that is
    running already, as after an interrupted command, is followed, and nothing is imported.

    Raises
    ------
    CommandError
        The account may not use the pipeline's instances: nothing has been started then. Or at the first Glue action or
        step that fails: nothing is trained without the data.
    """
    client = session.client("sagemaker")
    arn = running_execution(client, names.pipeline)
    if arn:
        progress.phase("pipeline", f"{arn.rpartition('/')[2]} is running already: following it")
    else:
        kwargs = pipeline_kwargs(client, names, {})
        remedy = f"'{command_line(names, 'deploy')}' takes types that the account may use"
        require_allowed_types(session, kwargs, remedy)
        progress.phase("glue", "import the feeds, crawl, join with Spark, crawl")
        started = run_workflow(session, names.workflow, progress)
        progress.phase("pipeline", "features, XGBoost beside AutoML, evaluation, report, registry")
        progress.waiting("the rule that starts the pipeline")
        arn = started_after(session, names.pipeline, started, what=f"the rule {names.named('playgrounds-data-ready')}")
    execution = follow(session, arn, progress)
    return Run(execution, package(client, execution.resource_arn(champion(execution).register_step)))
