"""What a step type is: how its definition is checked and how its work is done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.pipelines.arguments import check_request
from local_aws.services.sagemaker.pipelines.naming import NAME_LENGTH, resource_name
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal


@dataclass(frozen=True)
class Result:
    """What a step that succeeded leaves behind.

    Parameters
    ----------
    metadata
        The step's ``Metadata`` in listings, e.g. ``{"TrainingJob": {"Arn": ...}}``.
    properties
        What references to the step lead into: the Describe answer of what it made.
    outcome
        Which branch a Condition step took; None for other types.
    """

    metadata: dict[str, Any]
    properties: dict[str, Any]
    outcome: bool | None = None


@dataclass(frozen=True)
class Attempt:
    """One try at a step.

    Parameters
    ----------
    call_service
        Calls an operation as the pipeline's role: ``call_service("lambda", "Invoke", {...})``. Raises
        `local_aws.kernel.errors.AwsError`.
    work
        For waiting until a job has ended, or an endpoint has changed.
    stop
        Requested when the execution is being stopped.
    """

    step_name: str
    execution_id: str
    execution_arn: str
    arguments: dict[str, Any]
    call_service: Callable[[str, str, Request], Answer]
    work: Work
    stop: StopSignal
    started: Callable[[dict[str, Any]], None]

    def call(self, operation: str, request: Request) -> Answer:
        """Call a SageMaker operation: ``call("CreateModel", {...})``."""
        return self.call_service("sagemaker", operation, request)

    def resource_name(self, prefix: str | None = None, longest: int = NAME_LENGTH) -> str:
        """Return the name of what the step creates; see `naming.resource_name`."""
        return resource_name(self.execution_id, self.step_name, prefix, longest)


class StepType(ABC):
    """A type of step; one instance serves all steps of the type."""

    operation: ClassVar[str] = ""
    """The operation whose request the step's arguments are; empty when they have a form of their own."""

    filled_in: ClassVar[frozenset[str]] = frozenset()
    """Members of that request that need not stand in a definition."""

    members: ClassVar[frozenset[str]] = frozenset()
    """Members of the step's definition beside those that every step has."""

    cache_attributes: ClassVar[tuple[str, ...]] = ()
    """Arguments that make two runs the same; empty for a type that is never cached."""

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return what is resolved and handed to `run`, out of a step of the definition whose arguments are checked."""
        arguments: dict[str, Any] = node["Arguments"]
        return arguments

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the arguments as they stand in the definition."""
        check_request(self.operation, arguments, self.filled_in)

    @abstractmethod
    def run(self, attempt: Attempt) -> Result:
        """Do the step's work.

        Its end is one of `StepFailedError`, `StepStoppedError`, an `AwsError` of a refused call, or a result.
        """
