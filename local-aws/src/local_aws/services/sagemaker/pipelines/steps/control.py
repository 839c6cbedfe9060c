"""The steps that decide how an execution goes on: Condition and Fail."""

from __future__ import annotations

from typing import Any

from local_aws.services.sagemaker.pipelines.conditions import check_condition, evaluate
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class ConditionStep(StepType):
    """Evaluates its conditions, all of which must hold for ``IfSteps`` to run."""

    def own_arguments(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the conditions alone; the branches are steps of their own."""
        return {"Conditions": node["Arguments"]["Conditions"]}

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the conditions; the steps of the branches are checked as steps."""
        if unknown := sorted(arguments.keys() - {"Conditions", "IfSteps", "ElseSteps"}):
            raise DefinitionError(f"unknown property {', '.join(unknown)} of a Condition step's Arguments")
        conditions = arguments.get("Conditions")
        if not isinstance(conditions, list) or not conditions:
            raise DefinitionError("a Condition step takes a list of at least one condition")
        for condition in conditions:
            check_condition(condition)

    def run(self, attempt: Attempt) -> Result:
        """Choose the branch."""
        outcome = evaluate(attempt.arguments["Conditions"])
        return Result({"Condition": {"Outcome": str(outcome)}}, {"Outcome": outcome}, outcome)


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
