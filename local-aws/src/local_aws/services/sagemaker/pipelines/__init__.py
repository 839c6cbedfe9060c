"""SageMaker Pipelines: definitions are checked, kept and run.

`definition`, `expressions`, `conditions`, `graph`, `scheduler`, `cache` and `retry` know nothing of the server;
`steps` does the work of each step type; `pipelines` and `executions` serve the operations.
"""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.sagemaker.job_board import JobBoard
from local_aws.services.sagemaker.pipelines.execution_records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.execution_runner import ExecutionRunner
from local_aws.services.sagemaker.pipelines.executions import Executions
from local_aws.services.sagemaker.pipelines.pipelines import Pipelines
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.tags import Tags


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Put the parts together."""
    records = ExecutionRecords(context.records, context.announce)
    runner = ExecutionRunner(context, board, records, STEP_TYPES)
    pipelines = Pipelines(context, records, tags)
    executions = Executions(context, pipelines, records, runner)
    return Service(
        operations={**pipelines.operations, **executions.operations},
        recover=records.end_interrupted,
        stop=runner.close,
    )
