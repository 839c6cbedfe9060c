"""Runs the steps of one execution: arguments, cache, attempts, and the records of each."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.pipelines.cache import StepCache, cache_key
from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.errors import (
    CallRefusedError,
    NoValueError,
    StepFailedError,
    StepStoppedError,
    StepSuspendedError,
)
from local_aws.services.sagemaker.pipelines.expressions import Scope
from local_aws.services.sagemaker.pipelines.graph import iterations, names_of_iteration
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.retry import Retries, classify_error
from local_aws.services.sagemaker.pipelines.scheduler import Scheduler, StepEnd
from local_aws.services.sagemaker.pipelines.step_type import Attempt, BodyRun, Result, StepType, Tokens
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepRunner:
    """Runs the steps of one execution, each from a thread of its own."""

    arn: str
    scope: Scope
    """What expressions are resolved from; the properties of each step that succeeds are added to it."""
    step_types: Mapping[str, StepType]
    records: ExecutionRecords
    cache: StepCache
    call: Callable[[str, str, Request], Answer]
    """Calls an operation of a service as the pipeline's role."""
    work: Work
    """The jobs and endpoint changes that steps wait for."""
    stop: StopSignal
    """Requested when the execution is being stopped."""
    callbacks: Tokens
    max_parallel: Callable[[], int]
    """How many steps the execution may run at once; an iteration's steps are bounded by it too."""

    def run(self, step: Step) -> StepEnd:
        """Run a step to its end and record every transition."""
        if not self.records.start_step(self.arn, step):
            return StepEnd("Stopped")
        try:
            with self.stop.calling(lambda: self._change(step, "Stopping")):
                result = self._result(step)
        except StepStoppedError:
            self._change(step, "Stopped")
            return StepEnd("Stopped")
        except StepSuspendedError:
            return StepEnd("Suspended")
        except StepFailedError as failure:
            reason = failure.reason
        except NoValueError as error:
            reason = f"ClientError: {error}"
        except Exception as error:  # noqa: BLE001 (the boundary: the execution must come to an end)
            _log.exception("%s: step %s", self.arn, step.name)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
        else:
            return StepEnd("Succeeded", result.outcome)
        self._change(step, "Failed", reason)
        return StepEnd("Failed")

    def _result(self, step: Step) -> Result:
        """Return the result from the cache, or do the work."""
        step_type = self.step_types[step.type_name]
        arguments = step_type.resolve(step.arguments, dataclasses.replace(self.scope, iteration=step.iteration))
        if step.cache_age is None:
            result = self._work(step, step_type, arguments)
        else:
            key = cache_key(step.type_name, step_type.cache_attributes, arguments)
            cached = self.cache.find(self.arn, step.name, key, step.cache_age)
            if cached is not None:
                result, source_arn = cached
                self._record_success(step, result, CacheHitResult={"SourcePipelineExecutionArn": source_arn})
            else:
                result = self._work(step, step_type, arguments)
                self.cache.put(self.arn, step.name, key)
        self.scope.properties[step.name] = result.properties
        return result

    def _work(self, step: Step, step_type: StepType, arguments: dict[str, Any]) -> Result:
        """Try until an attempt succeeds or no policy allows another one."""
        retries = Retries(step.retry_policies)
        started_at = time.monotonic()
        for number in itertools.count(1):
            try:
                result = self._attempt(step, step_type, arguments, number)
            except StepFailedError as failure:
                delay = retries.delay(failure.exception_type, time.monotonic() - started_at)
                if delay is None:
                    raise StepFailedError(failure.reason + self._no_retry(step, failure)) from failure
                if self.stop.wait(delay):
                    raise StepStoppedError(step.name) from failure
            else:
                break
        self._record_success(step, result)
        return result

    def _attempt(self, step: Step, step_type: StepType, arguments: dict[str, Any], number: int) -> Result:
        def started(metadata: dict[str, Any]) -> None:
            status = "Stopping" if self.stop.requested else "Executing"
            self._change(step, status, Metadata=metadata, AttemptCount=number)

        if number > 1:
            started({})
        attempt = Attempt(
            step_name=step.name,
            execution_arn=self.arn,
            arguments=arguments,
            call_service=self._named_call,
            work=self.work,
            stop=self.stop,
            callbacks=self.callbacks,
            started=started,
            forget=lambda name: self.records.mark_cleaned(self.arn, name),
            iterate=lambda items, most: self._iterate(step, items, most),
        )
        try:
            return step_type.run(attempt)
        except CallRefusedError as error:
            raise StepFailedError(error.reason, classify_error(error)) from error

    def _iterate(self, step: Step, items: Sequence[Any], most: int) -> BodyRun:
        """Run the body of a ForEach step for each item; what an earlier run of the execution has done stays done."""
        graph = iterations(step, items)
        recorded = self._statuses().keys() & graph.steps.keys()
        ended = {name: end for name, end in self.records.ended(self.arn).items() if name in recorded}
        scheduler = Scheduler(
            graph,
            self.run,
            self.stop,
            lambda: min(most, self.max_parallel()),
            ended,
            recorded - ended.keys(),
        )
        if scheduler.run() == "Suspended":
            raise StepSuspendedError(step.name)
        statuses = self._statuses()
        outputs = [
            {
                own: self.scope.properties[name]
                for own, name in names_of_iteration(step, index).items()
                if statuses.get(name) == "Succeeded"
            }
            for index in range(len(items))
        ]
        started = {name: statuses[name] for name in graph.steps if name in statuses}
        return BodyRun(len(graph.steps), started, outputs)

    def _statuses(self) -> dict[str, str]:
        return {record["StepName"]: record["StepStatus"] for record in self.records.steps(self.arn)}

    def _record_success(self, step: Step, result: Result, **members: Any) -> None:
        self._change(step, "Succeeded", Metadata=result.metadata, _properties=result.properties, **members)

    def _change(self, step: Step, status: str, reason: str = "", **members: Any) -> None:
        self.records.change_step(self.arn, step.name, status, reason, **members)

    def _named_call(self, service: str, operation: str, request: Request) -> Answer:
        try:
            return self.call(service, operation, request)
        except AwsError as error:
            raise CallRefusedError(f"{service}:{operation}", error) from error

    def _no_retry(self, step: Step, failure: StepFailedError) -> str:
        """Explain why a retryable failure was not retried."""
        if failure.exception_type is None:
            return ""
        configured = any(failure.exception_type in policy.exception_types for policy in step.retry_policies)
        cause = "The retries are used up" if configured else "No retry policy configured"
        exception_type = failure.exception_type.replace(".", "_").upper()
        return (
            f"\nRetry not appropriate on execution of step with PipelineExecutionArn {self.arn} "
            f"and StepId {step.name}. {cause} for the exception type {exception_type}."
        )
