"""The durable records of executions and their steps, and every change of their states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from local_aws.kernel.collection import Collection
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, Records, now
from local_aws.kernel.work import SERVER_STOPPED
from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.graph import Graph
from local_aws.services.sagemaker.pipelines.scheduler import StepEnd
from local_aws.services.sagemaker.pipelines.steps.output_parameters import text_of
from local_aws.services.sagemaker.state_changes import execution_change, step_change

RUNNING = frozenset({"Executing", "Stopping"})

_EXECUTION = "pipeline-execution"
_STEP = "pipeline-step"
_DEFINITION = "pipeline-execution-definition"
_INTERRUPTED = f"The execution failed: {SERVER_STOPPED}; start it again."
_STEPS_FAILED = "Step failure: One or multiple steps failed."
_STEP_RUNNING = frozenset({"Starting", "Executing", "Stopping"})
_REASON_CHARACTERS = 1024


class ExecutionRecords(Collection):
    """The executions by ARN, and their steps.

    An execution that has ended stays as it ended, whatever its last threads still report: only `reopen` opens it.
    """

    def __init__(self, records: Records, announce: Callable[[Event], None]) -> None:
        super().__init__(records, _EXECUTION, _missing, on_change=self._announce_change)
        self._definitions = Collection(records, _DEFINITION, _missing)
        self._announce = announce

    def start(self, record: Record, definition: str) -> None:
        """Add an execution and the definition that it runs."""
        arn = record["PipelineExecutionArn"]
        text = {"PipelineDefinition": definition, "CreationTime": record["CreationTime"]}
        with self._records.together():
            self._definitions.put(arn, text)
            self.add(arn, {**record, "_steps": []})

    def definition(self, arn: str) -> Record:
        """Return the definition that an execution runs, and the time at which it was taken."""
        return self._definitions.get(arn)

    def describe_as(self, arn: str, members: Record) -> None:
        """Change what describes an execution: display name, description, parallelism."""
        self.change(arn, lambda record: record.update(members, LastModifiedTime=now()))

    def change_status(self, arn: str, status: str, reason: str | None = None) -> bool:
        """Move a running execution to a status, here only; False when it has ended already and nothing was changed."""
        is_running = False

        def change(record: Record) -> None:
            nonlocal is_running
            is_running = record["PipelineExecutionStatus"] in RUNNING
            if is_running:
                record.update(PipelineExecutionStatus=status, LastModifiedTime=now())
                if status == "Failed":
                    record["FailureReason"] = reason or _STEPS_FAILED

        self.change(arn, change)
        return is_running

    def reopen(self, arn: str, graph: Graph) -> dict[str, StepEnd]:
        """Open an execution of a graph that failed or was stopped; return the steps that need not run again.

        Those that have run on another's failure must, since that step runs again.
        """
        succeeded = self.succeeded(arn)
        iterations = (step for step in self.steps(arn) if "IterationContext" in step)
        parents = {step["StepName"]: step["IterationContext"]["ParentStepName"] for step in iterations}
        ended = {name: succeeded[name] for name in graph.settled(succeeded, parents)}

        def change(record: Record) -> None:
            status = record["PipelineExecutionStatus"]
            if status not in ("Failed", "Stopped"):
                raise AwsError(
                    "ConflictException",
                    f"Pipeline execution {arn} cannot be retried: its status is {status}, "
                    "and only Failed and Stopped ones can.",
                )
            failing = self._failing_step(arn)
            if failing is not None:
                raise AwsError(
                    "ConflictException",
                    f"Pipeline execution {arn} cannot be retried: its Fail step {failing} ended it; "
                    "start a new execution.",
                )
            record.update(PipelineExecutionStatus="Executing", LastModifiedTime=now())
            record.pop("FailureReason", None)
            record["_steps"] = [name for name in record["_steps"] if name in ended]

        self.change(arn, change)
        return ended

    def end_interrupted(self) -> list[str]:
        """End what this or an earlier process left running: it runs no longer.

        Return the executions that were left as they are, because their steps wait for somebody else.
        """
        waiting = []
        for execution in self.list():
            if execution["PipelineExecutionStatus"] not in RUNNING:
                continue
            arn = execution["PipelineExecutionArn"]
            if self._only_waits(arn):
                waiting.append(arn)
                continue
            stopping = execution["PipelineExecutionStatus"] == "Stopping"
            status = "Stopped" if stopping else "Failed"
            for step in self.steps(arn):
                self.change_step(arn, step["StepName"], status, "" if stopping else _INTERRUPTED)
            self.change_status(arn, status, _INTERRUPTED)
        return waiting

    def succeeded(self, arn: str) -> dict[str, StepEnd]:
        """Return the steps of an execution that have succeeded."""
        return {name: end for name, end in self.ended(arn).items() if end.status == "Succeeded"}

    def ended(self, arn: str) -> dict[str, StepEnd]:
        """Return how the steps of an execution that have ended did."""
        return {
            record["StepName"]: StepEnd(record["StepStatus"], _outcome(record))
            for record in self.steps(arn)
            if record["StepStatus"] not in _STEP_RUNNING
        }

    def _only_waits(self, arn: str) -> bool:
        running = [step for step in self.steps(arn) if step["StepStatus"] in _STEP_RUNNING]
        # A ForEach step waits with those of its body.
        working = [step for step in running if "ForEach" not in step["Metadata"]]
        return bool(working) and all("Callback" in step["Metadata"] for step in working)

    def _failing_step(self, arn: str) -> str | None:
        """Return the name of the Fail step that ended an execution, if one did."""
        failed = (step for step in self.steps(arn) if step["StepStatus"] == "Failed")
        return next((step["StepName"] for step in failed if step["_type"] == "Fail"), None)

    def delete_of_pipeline(self, pipeline_arn: str) -> None:
        """Delete the executions of a pipeline with their steps."""
        for execution in self.list({"PipelineArn": pipeline_arn}):
            arn = execution["PipelineExecutionArn"]
            for name in execution["_steps"]:
                self._records.delete(_STEP, f"{arn}/{name}")
            self._definitions.discard(arn)
            self.discard(arn)

    def step(self, arn: str, name: str) -> Record | None:
        """Return a step of an execution, or None when it has not started."""
        return self._records.get(_STEP, f"{arn}/{name}")

    def steps(self, arn: str) -> list[Record]:
        """Return the steps of an execution that have started, in the order of their start."""
        steps = (self.step(arn, name) for name in self.get(arn)["_steps"])
        return [record for record in steps if record is not None]

    def start_step(self, arn: str, step: Step) -> bool:
        """Record that a step has started; False when the execution has ended and the step must not run.

        A step that waited when the server ended goes on, and stays as it is.
        """
        started = waited = False

        def append(execution: Record) -> None:
            nonlocal started, waited
            started = execution["PipelineExecutionStatus"] in RUNNING
            waited = step.name in execution["_steps"]
            if started and not waited:
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
        if step.iteration is not None:
            record["IterationContext"] = {
                "ParentStepName": step.iteration.parent,
                "Index": step.iteration.index,
                "Item": text_of(step.iteration.item),
            }
        with self._records.together():
            self.change(arn, append)
            if started and not waited:
                self._records.put(_STEP, f"{arn}/{step.name}", record)
                self._announce(step_change(arn, record, None))
        return started

    def reuse_steps(self, arn: str, steps: Sequence[Record]) -> None:
        """Add the records of steps that have succeeded in another execution."""
        for step in steps:
            self._records.put(_STEP, f"{arn}/{step['StepName']}", step)
        names = [step["StepName"] for step in steps]
        self.change(arn, lambda execution: execution["_steps"].extend(names))

    def change_step(self, arn: str, name: str, status: str, reason: str = "", **members: Any) -> None:
        """Move a running step to a status, here only; one that has ended stays as it is."""
        previous = status

        def change(record: Record) -> None:
            nonlocal previous
            if record["StepStatus"] not in _STEP_RUNNING:
                return
            previous = record["StepStatus"]
            record.update(members, StepStatus=status)
            if reason:
                record["FailureReason"] = reason[:_REASON_CHARACTERS]
            if status not in _STEP_RUNNING:
                record["EndTime"] = now()

        with self._records.together():
            step = self._records.update(_STEP, f"{arn}/{name}", change)
            if previous != status:
                self._announce(step_change(arn, step, previous))

    def mark_cleaned(self, arn: str, name: str) -> None:
        """Keep a step's outputs, in whichever execution they were made, from being taken from the cache again."""
        while (step := self.step(arn, name)) is not None:
            self._records.update(_STEP, f"{arn}/{name}", lambda record: record.update(_cleaned=True))
            source = step.get("CacheHitResult") or step.get("SelectiveExecutionResult") or {}
            if "SourcePipelineExecutionArn" not in source:
                return
            arn = source["SourcePipelineExecutionArn"]

    def _announce_change(self, before: Record | None, after: Record) -> None:
        previous = None if before is None else before["PipelineExecutionStatus"]
        if after["PipelineExecutionStatus"] != previous:
            self._announce(execution_change(after, previous))


def _missing(arn: str) -> AwsError:
    return AwsError("ResourceNotFound", f"Pipeline execution with ARN {arn} does not exist.")


def _outcome(step: Record) -> bool | None:
    outcome = step.get("_properties", {}).get("Outcome")
    return outcome if isinstance(outcome, bool) else None
