"""What a step type is: how its definition is checked and how its work is done."""

from __future__ import annotations

import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.pipelines.arguments import check_request
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.expressions import Scope, resolve
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal

NAME_LENGTH = 63
"""The longest name of most jobs."""
_TOKEN_CHARACTERS = string.ascii_letters + string.digits
_TOKEN_LENGTH = 10


@dataclass(frozen=True)
class Result:
    """The result of a step that succeeded."""

    metadata: dict[str, Any]
    """The step's ``Metadata`` in listings, e.g. ``{"TrainingJob": {"Arn": ...}}``."""
    properties: dict[str, Any]
    """What references to the step lead to: the Describe answer of what it created."""
    outcome: bool | None = None
    """Which branch a Condition step took; None for other types."""


@dataclass(frozen=True)
class BodyRun:
    """How the steps of a ForEach step's body have ended."""

    planned: int
    """How many steps there are in all iterations."""
    statuses: Mapping[str, str]
    """The status of each that has started, in the order of the iterations."""
    outputs: Sequence[Mapping[str, Any]]
    """For each iteration, the properties of the steps that have succeeded, by their names in the body."""


class Tokens(Protocol):
    """The tokens that somebody else answers; see `callbacks.Callbacks`."""

    def open(self, execution_arn: str, step_name: str, declared: Sequence[dict[str, Any]], /) -> str:
        """Return a new token for a step, or the one for which it waited when the server ended."""

    def send_once(self, token: str, status: str, send: Callable[[], None], /) -> None:
        """Send a step's message of a status unless it was sent."""

    def wait(self, token: str, stop: StopSignal, /) -> dict[str, Any] | None:
        """Wait for a token's answer; return None, once, when the execution is to be stopped."""


@dataclass(frozen=True)
class Attempt:
    """One try at a step."""

    step_name: str
    execution_arn: str
    arguments: dict[str, Any]
    call_service: Callable[[str, str, Request], Answer]
    """Calls an operation as the pipeline's role: ``call_service("lambda", "Invoke", {...})``."""
    work: Work
    """For waiting until a job has ended, or an endpoint has changed."""
    stop: StopSignal
    """Requested when the execution is being stopped."""
    callbacks: Tokens
    started: Callable[[dict[str, Any]], None]
    """Shows the step's metadata while it runs."""
    forget: Callable[[str], None]
    """Keeps the outputs of a step of the execution, which are about to be deleted, from being taken from the cache."""
    iterate: Callable[[Sequence[Any], int], BodyRun]
    """Runs the body of a ForEach step for each item, at most so many steps at once."""

    def call(self, operation: str, request: Request) -> Answer:
        """Call a SageMaker operation: ``call("CreateModel", {...})``."""
        return self.call_service("sagemaker", operation, request)

    def resource_name(self, prefix: str | None = None, longest: int = NAME_LENGTH) -> str:
        """Return a name for what the step creates; see the function of that name."""
        return resource_name(self.execution_arn.rpartition("/")[2], self.step_name, prefix, longest)


class StepType(ABC):
    """A type of step; one instance serves all steps of the type."""

    operation: ClassVar[str] = ""
    """The operation whose request the step's arguments are; empty when they have a form of their own."""

    filled_in: ClassVar[frozenset[str]] = frozenset()
    """Members of that request that a definition may leave out."""

    refused: ClassVar[frozenset[str]] = frozenset()
    """Members of that request that SageMaker Pipelines refuses when a pipeline is created."""

    members: ClassVar[frozenset[str]] = frozenset()
    """Members of the step's definition besides those of every step."""

    cache_attributes: ClassVar[tuple[str, ...]] = ()
    """Arguments that make two runs the same; empty for a type that is never cached."""

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments that are resolved and passed to `run`, from a step whose arguments are checked."""
        arguments: dict[str, Any] = node["Arguments"]
        return arguments

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the arguments as the definition writes them."""
        for member in sorted(self.refused & arguments.keys()):
            raise DefinitionError(f"Cannot parse object, unknown property '{member}'")
        check_request(self.operation, arguments, self.filled_in)

    def resolve(self, arguments: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """Return the arguments with values in place of expressions; raise `NoValueError` if one has none."""
        resolved: dict[str, Any] = resolve(arguments, scope)
        return resolved

    @abstractmethod
    def run(self, attempt: Attempt) -> Result:
        """Do the step's work, or raise `StepFailedError`, `StepStoppedError` or the `AwsError` of a refused call."""


def resource_name(execution_id: str, step_name: str, prefix: str | None = None, longest: int = NAME_LENGTH) -> str:
    """Return a new name for a job or model of a step: ``pipelines-<execution id>-<step>-<random>``.

    Parameters
    ----------
    prefix
        A name in the definition; it replaces ``pipelines`` and the step.
    longest
        The maximum length. Where ``pipelines`` leaves no room for the step, the step replaces it.
    """
    token = "".join(secrets.choice(_TOKEN_CHARACTERS) for _ in range(_TOKEN_LENGTH))
    step = step_name.replace("_", "-")
    head = f"pipelines-{execution_id}-"
    room = longest - len(head) - _TOKEN_LENGTH - 1
    if prefix is None and room > 0:
        return f"{head}{step[:room]}-{token}"
    return f"{(prefix or step)[: longest - len(execution_id) - _TOKEN_LENGTH - 2]}-{execution_id}-{token}"
