"""Runs executions, each in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from functools import partial

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.principals import acting_as
from local_aws.kernel.records import Record
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.jobs.job_store import SESSION
from local_aws.services.sagemaker.pipelines.cache import StepCache
from local_aws.services.sagemaker.pipelines.callbacks import Callbacks
from local_aws.services.sagemaker.pipelines.definition import parse_definition
from local_aws.services.sagemaker.pipelines.errors import NoValueError
from local_aws.services.sagemaker.pipelines.expressions import Scope, timestamp
from local_aws.services.sagemaker.pipelines.graph import Graph, build_graph
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.scheduler import Scheduler, StepEnd
from local_aws.services.sagemaker.pipelines.selection import selected_part, selected_steps
from local_aws.services.sagemaker.pipelines.step_runner import StepRunner
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal

_log = logging.getLogger(__name__)
_MAX_PARALLEL_STEPS = 50
"""The service's bound when no ParallelismConfiguration is given."""


class ExecutionRunner:
    """Starts, stops and ends executions."""

    def __init__(self, context: Context, sagemaker_work: Work, records: ExecutionRecords, callbacks: Callbacks) -> None:
        self._context = context
        self._callbacks = callbacks
        self._sagemaker_work = sagemaker_work
        self._records = records
        self._cache = StepCache(context.records, records)
        self._work = Work("execution")
        self._stops: dict[str, StopSignal] = {}

    def start(self, arn: str, ended: Mapping[str, StepEnd] | None = None, waited: Collection[str] = ()) -> None:
        """Start an execution that has been recorded; see `Scheduler`."""
        # A run that has recorded its end may not have ended yet when its execution is retried.
        self._work.wait(arn)
        stop = self._stops[arn] = StopSignal()
        self._work.start(arn, lambda running: self._run(arn, stop, dict(ended or {}), waited))

    def recover(self) -> None:
        """End the executions that an earlier server left running, and go on with those that wait for somebody else."""
        for arn in self._records.end_interrupted():
            ended = self._records.ended(arn)
            self.start(arn, ended, {step["StepName"] for step in self._records.steps(arn)} - ended.keys())
            if self._records.get(arn)["PipelineExecutionStatus"] == "Stopping":
                self._stops[arn].request()

    def stop(self, arn: str) -> None:
        """Ask for the end of an execution; it is ``Stopping`` until its steps have ended."""
        if self._records.change_status(arn, "Stopping") and (stop := self._stops.get(arn)):
            stop.request()

    def close(self) -> None:
        """End every execution but those that wait for somebody else, since the server stops."""
        self._callbacks.close()
        self._records.end_interrupted()
        for stop in list(self._stops.values()):
            stop.request()
        self._work.stop()

    def _run(self, arn: str, stop: StopSignal, ended: dict[str, StepEnd], waited: Collection[str]) -> None:
        try:
            text = self._records.definition(arn)["PipelineDefinition"]
            graph = build_graph(parse_definition(text, STEP_TYPES))
            execution = self._records.get(arn)
            scope, call = self._scope(execution, graph), partial(self._call, execution["_role"])
            runner = StepRunner(
                arn,
                scope,
                STEP_TYPES,
                self._records,
                self._cache,
                call,
                self._sagemaker_work,
                stop,
                self._callbacks,
                lambda: self._max_parallel(arn),
            )
            # A ForEach step looks after those of its iterations itself.
            ended = {name: end for name, end in ended.items() if name in graph.steps}
            if configuration := execution.get("SelectiveExecutionConfig"):
                graph = selected_part(graph, selected_steps(configuration))
            status = Scheduler(graph, runner.run, stop, runner.max_parallel, ended, waited).run()
            if status != "Suspended":
                self._records.change_status(arn, status)
        except Exception as error:  # noqa: BLE001 (the boundary: the execution must come to an end)
            _log.exception("execution %s", arn)
            self._records.change_status(arn, "Failed", f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            self._stops.pop(arn, None)

    def _scope(self, execution: Record, graph: Graph) -> Scope:
        arn = execution["PipelineExecutionArn"]
        return Scope(
            execution["_parameters"],
            {
                "PipelineExecutionId": arn.rpartition("/")[2],
                "PipelineExecutionArn": arn,
                "PipelineName": execution["_pipeline"],
                "PipelineArn": execution["PipelineArn"],
                "StartDateTime": timestamp(execution["CreationTime"]),
            },
            {step["StepName"]: step["_properties"] for step in self._records.steps(arn) if "_properties" in step},
            {each.name: each.property_files for step in graph.steps.values() for each in (step, *step.body)},
            self._read,
        )

    def _read(self, uri: str) -> bytes:
        try:
            return self._context.objects.get(*split_uri(uri)).path.read_bytes()
        except AwsError as error:
            raise NoValueError(f"cannot read {uri}: {error.message}") from error

    def _call(self, role_arn: str, service: str, operation: str, request: Request) -> Answer:
        # Here and not around a step: a stop calls from the thread of the request.
        with acting_as(role_arn, SESSION):
            return self._context.call(service, operation, request)

    def _max_parallel(self, arn: str) -> int:
        configuration = self._records.get(arn).get("ParallelismConfiguration", {})
        return int(configuration.get("MaxParallelExecutionSteps", _MAX_PARALLEL_STEPS))
