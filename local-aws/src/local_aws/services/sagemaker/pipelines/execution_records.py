"""The durable records of executions and their steps, and every change of their states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from local_aws.kernel.collection import Collection
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, Records, now
from local_aws.kernel.work import SERVER_STOPPED
from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.scheduler import StepEnd
from local_aws.services.sagemaker.pipelines.step_type import Result
from local_aws.services.sagemaker.state_changes import execution_change, step_change

EXECUTION = "pipeline-execution"
STEP = "pipeline-step"
_DEFINITION = "pipeline-execution-definition"

RUNNING = frozenset({"Executing", "Stopping"})
_INTERRUPTED = f"The execution failed: {SERVER_STOPPED}; start it again."
_STEPS_FAILED = "Step failure: One or multiple steps failed."
_STEP_RUNNING = frozenset({"Starting", "Executing", "Stopping"})
_REASON_CHARACTERS = 1024


class ExecutionRecords:
    """Executions and their steps.

    Notes
    -----
    An execution that has ended stays as it ended, whatever its last threads still report: only `reopen` opens it.
    """

    def __init__(self, records: Records, announce: Callable[[Event], None]) -> None:
        self._records = records
        self._executions = Collection(records, EXECUTION, _missing)
        self._definitions = Collection(records, _DEFINITION, _missing)
        self._announce = announce

    def add(self, record: Record, definition: str) -> None:
        """Add an execution and the definition that it runs."""
        arn = record["PipelineExecutionArn"]
        text = {"PipelineDefinition": definition, "CreationTime": record["CreationTime"]}
        with self._records.together():
            self._records.put(_DEFINITION, arn, text)
            self._records.insert(EXECUTION, arn, {**record, "_steps": []})
            self._announce(execution_change(record, None))

    def get(self, arn: str) -> Record:
        """Return an execution, or raise ``ResourceNotFound``."""
        return self._executions.get(arn)

    def exists(self, arn: str) -> bool:
        """Return whether there is an execution of that ARN."""
        return self._executions.find(arn) is not None

    def of_pipeline(self, pipeline_arn: str, *, newest_first: bool = False) -> Iterator[Record]:
        """Yield the executions of a pipeline in the order of their start."""
        return self._records.each(EXECUTION, {"PipelineArn": pipeline_arn}, newest_first=newest_first)

    def definition(self, arn: str) -> Record:
        """Return the definition that an execution runs, and the time at which it was taken."""
        return self._definitions.get(arn)

    def describe_as(self, arn: str, **members: Any) -> None:
        """Change what describes an execution: display name, description, parallelism."""

        def change(record: Record) -> None:
            record.update(members)
            record["LastModifiedTime"] = now()

        self._records.update(EXECUTION, arn, change)

    def change_status(self, arn: str, status: str, reason: str | None = None) -> bool:
        """Move a running execution to a status; the one place where that happens.

        Returns
        -------
        bool
            False when the execution had ended already: nothing was changed.
        """
        previous = status
        changed = False

        def change(record: Record) -> None:
            nonlocal changed, previous
            previous = record["PipelineExecutionStatus"]
            changed = previous in RUNNING
            if changed:
                record["PipelineExecutionStatus"] = status
                record["LastModifiedTime"] = now()
                if status == "Failed":
                    record["FailureReason"] = reason or _STEPS_FAILED

        with self._records.together():
            execution = self._records.update(EXECUTION, arn, change)
            if changed and previous != status:
                self._announce(execution_change(execution, previous))
        return changed

    def reopen(self, arn: str) -> dict[str, StepEnd]:
        """Open an execution that failed or was stopped; return the steps that need not run again.

        Raises
        ------
        AwsError
            ``ConflictException`` for one that runs or has succeeded.
        """
        ended = {
            record["StepName"]: StepEnd("Succeeded", _outcome(record))
            for record in self.steps(arn)
            if record["StepStatus"] == "Succeeded"
        }

        status = ""

        def change(record: Record) -> None:
            nonlocal status
            status = record["PipelineExecutionStatus"]
            if status not in ("Failed", "Stopped"):
                raise AwsError(
                    "ConflictException",
                    f"Pipeline execution {arn} cannot be retried: its status is {status}, "
                    "and only Failed and Stopped ones can.",
                )
            record["PipelineExecutionStatus"] = "Executing"
            record["LastModifiedTime"] = now()
            record.pop("FailureReason", None)
            record["_steps"] = [name for name in record["_steps"] if name in ended]

        with self._records.together():
            execution = self._records.update(EXECUTION, arn, change)
            self._announce(execution_change(execution, status))
        return ended

    def end_interrupted(self) -> None:
        """End what this or an earlier process left running: it runs no longer."""
        for execution in self._records.list(EXECUTION):
            if execution["PipelineExecutionStatus"] not in RUNNING:
                continue
            arn = execution["PipelineExecutionArn"]
            stopping = execution["PipelineExecutionStatus"] == "Stopping"
            status = "Stopped" if stopping else "Failed"
            for step in self.steps(arn):
                if step["StepStatus"] in _STEP_RUNNING:
                    self._change_step(arn, step["StepName"], status, None if stopping else _INTERRUPTED)
            self.change_status(arn, status, _INTERRUPTED)

    def delete_of_pipeline(self, pipeline_arn: str) -> None:
        """Delete the executions of a pipeline with their steps."""
        for execution in list(self.of_pipeline(pipeline_arn)):
            arn = execution["PipelineExecutionArn"]
            for name in execution["_steps"]:
                self._records.delete(STEP, _step_key(arn, name))
            self._records.delete(_DEFINITION, arn)
            self._records.delete(EXECUTION, arn)

    def step(self, arn: str, name: str) -> Record | None:
        """Return a step of an execution, or None when it has not started."""
        return self._records.get(STEP, _step_key(arn, name))

    def steps(self, arn: str) -> list[Record]:
        """Return the steps of an execution that have started, in the order of their start."""
        steps = (self.step(arn, name) for name in self.get(arn)["_steps"])
        return [record for record in steps if record is not None]

    def step_starts(self, arn: str, step: Step) -> bool:
        """Record that a step has been taken up; False when the execution has ended and the step must not run."""
        started = False

        def append(execution: Record) -> None:
            nonlocal started
            started = execution["PipelineExecutionStatus"] in RUNNING
            if started:
                execution["_steps"].append(step.name)

        record: Record = {
            "StepName": step.name,
            "StartTime": now(),
            "StepStatus": "Starting",
            "Metadata": {},
            "AttemptCount": 1,
            "_type": step.type_name,
        }
        if step.display_name is not None:
            record["StepDisplayName"] = step.display_name
        if step.description is not None:
            record["StepDescription"] = step.description
        with self._records.together():
            self._records.update(EXECUTION, arn, append)
            if started:
                self._records.put(STEP, _step_key(arn, step.name), record)
                self._announce(step_change(arn, record, None))
        return started

    def step_executes(self, arn: str, name: str, attempt: int, metadata: dict[str, Any]) -> None:
        """Record what a step's attempt is working with."""
        self._change_step(arn, name, "Executing", Metadata=metadata, AttemptCount=attempt)

    def step_stopping(self, arn: str, name: str) -> None:
        """Record that a step is being stopped."""
        self._change_step(arn, name, "Stopping")

    def step_succeeds(self, arn: str, name: str, result: Result) -> None:
        """Record that a step has done its work."""
        self._change_step(arn, name, "Succeeded", Metadata=result.metadata, _properties=result.properties)

    def step_is_cached(self, arn: str, name: str, result: Result, source_arn: str) -> None:
        """Record that a step has taken over the result of an earlier execution."""
        source = {"SourcePipelineExecutionArn": source_arn}
        self._change_step(
            arn, name, "Succeeded", Metadata=result.metadata, _properties=result.properties, CacheHitResult=source
        )

    def step_fails(self, arn: str, name: str, reason: str) -> None:
        """Record that a step has failed; an empty reason is no reason."""
        self._change_step(arn, name, "Failed", reason[:_REASON_CHARACTERS] or None)

    def step_stopped(self, arn: str, name: str) -> None:
        """Record that a step has been stopped."""
        self._change_step(arn, name, "Stopped")

    def _change_step(self, arn: str, name: str, status: str, reason: str | None = None, **members: Any) -> None:
        """Move a running step to a status; the one place where that happens."""

        previous = status

        def change(record: Record) -> None:
            nonlocal previous
            if record["StepStatus"] not in _STEP_RUNNING:
                return
            previous = record["StepStatus"]
            record["StepStatus"] = status
            record.update(members)
            if reason is not None:
                record["FailureReason"] = reason
            if status not in _STEP_RUNNING:
                record["EndTime"] = now()

        with self._records.together():
            step = self._records.update(STEP, _step_key(arn, name), change)
            if previous != status:
                self._announce(step_change(arn, step, previous))


def _missing(arn: str) -> AwsError:
    return AwsError("ResourceNotFound", f"Pipeline execution with ARN {arn} does not exist.")


def _step_key(arn: str, name: str) -> str:
    return f"{arn}/{name}"


def _outcome(step: Record) -> bool | None:
    outcome = step["_properties"].get("Outcome")
    return outcome if isinstance(outcome, bool) else None
