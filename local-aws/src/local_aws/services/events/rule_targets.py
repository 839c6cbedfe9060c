"""Targets of rules: PutTargets, RemoveTargets, ListTargetsByRule, ListRuleNamesByTarget."""

from __future__ import annotations

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.events.errors import invalid
from local_aws.services.events.rules import TARGETS, Rules
from local_aws.services.events.target_types import check_target

_MAX_TARGETS = 5


class RuleTargets:
    """The targets, kept with their rules."""

    def __init__(self, context: Context, rules: Rules) -> None:
        self._context = context
        self._rules = rules

    def put(self, request: Request) -> Answer:
        """Serve PutTargets; a target replaces the one with its Id."""
        self._rules.check_bus(request)
        rule_arn = self._rules.get(request["Rule"])["Arn"]
        new = {target["Id"]: target for target in request["Targets"]}
        if len(new) < len(request["Targets"]):
            raise invalid("Two targets of the request have the same Id.")
        for target in request["Targets"]:
            check_target(self._context, rule_arn, target)

        def change(rule: Record) -> None:
            targets = {target["Id"]: target for target in rule[TARGETS]} | new
            if len(targets) > _MAX_TARGETS:
                raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
            rule[TARGETS] = list(targets.values())

        self._rules.change(request["Rule"], change)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove(self, request: Request) -> Answer:
        """Serve RemoveTargets; an unknown Id is not an error, as in EventBridge."""
        self._rules.check_bus(request)

        def change(rule: Record) -> None:
            rule[TARGETS] = [target for target in rule[TARGETS] if target["Id"] not in request["Ids"]]

        self._rules.change(request["Rule"], change)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def list_by_rule(self, request: Request) -> Answer:
        """Serve ListTargetsByRule."""
        self._rules.check_bus(request)
        return {"Targets": self._rules.get(request["Rule"])[TARGETS]}

    def list_rule_names(self, request: Request) -> Answer:
        """Serve ListRuleNamesByTarget."""
        self._rules.check_bus(request)
        names = [
            rule["Name"]
            for rule in self._rules.all()
            if request["TargetArn"] in {target["Arn"] for target in rule[TARGETS]}
        ]
        return {"RuleNames": names}
