"""The Fail step: ends the execution with a message."""

from __future__ import annotations

from typing import Any

from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.faults import DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class FailStep(StepType):
    """Fails with its ``ErrorMessage``."""

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the message."""
        message = arguments.get("ErrorMessage", "")
        if arguments.keys() - {"ErrorMessage"} or not (isinstance(message, str) or is_expression(message)):
            raise DefinitionError(f"a Fail step takes the string ErrorMessage alone, not {arguments!r}")

    def run(self, attempt: Attempt) -> Result:
        """Fail."""
        message = str(attempt.arguments.get("ErrorMessage", ""))
        attempt.started({"Fail": {"ErrorMessage": message}})
        raise StepFailedError(message)
