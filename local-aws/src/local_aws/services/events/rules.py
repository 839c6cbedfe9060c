"""Rules of the default event bus, with their targets and tags."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.contracts.tags import TAGS, TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public
from local_aws.services.events.errors import invalid
from local_aws.services.events.event_pattern import parse_pattern
from local_aws.services.events.target_types import check_target

KIND = "event-rule"
BUS = "default"
TARGETS = "_targets"
"""Where a rule's record keeps its targets."""

_TAG_FORM = TagForm(resource="ResourceARN")
_MAX_RULES = 300
_MAX_TARGETS = 5


class Rules:
    """The rules, by name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rules = Collection(context.records, KIND, _missing)
        self.tags = TagOperations(lambda arn, change: self.change(self._name_of(arn), change), _TAG_FORM)

    def put(self, request: Request) -> Answer:
        """Serve PutRule; a rule that exists is replaced, and keeps its targets and tags."""
        self.check_bus(request)
        name = request["Name"]
        if "EventPattern" not in request:
            raise invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        parse_pattern(request["EventPattern"])
        rule = {
            "Name": name,
            "Arn": self._context.settings.arn("events", f"rule/{name}"),
            "EventPattern": request["EventPattern"],
            "State": request.get("State", "ENABLED"),
            **({"Description": request["Description"]} if "Description" in request else {}),
            "EventBusName": BUS,
        }
        if len(self.all()) >= _MAX_RULES and self._rules.find(name) is None:
            raise AwsError("LimitExceededException", f"The event bus {BUS} has {_MAX_RULES} rules, and takes no more.")
        before = self._rules.find(name)
        kept = {TARGETS: [], TAGS: _TAG_FORM.read(request)} if before is None else before
        self._rules.put(name, {**rule, TARGETS: kept[TARGETS], TAGS: kept[TAGS]})
        return {"RuleArn": rule["Arn"]}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeRule."""
        self.check_bus(request)
        return {**public(self.get(request["Name"])), "CreatedBy": ACCOUNT_ID}

    def list(self, request: Request) -> Answer:
        """Serve ListRules."""
        self.check_bus(request)
        prefix = request.get("NamePrefix", "")
        return {"Rules": [public(rule) for rule in self.all() if rule["Name"].startswith(prefix)]}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteRule; a rule that does not exist is not an error, as in EventBridge."""
        self.check_bus(request)
        rule = self._rules.find(request["Name"])
        if rule is not None and rule[TARGETS]:
            raise invalid("Rule can't be deleted since it has targets.")
        self._rules.discard(request["Name"])
        return {}

    def enable(self, request: Request) -> Answer:
        """Serve EnableRule."""
        self.check_bus(request)
        self.change(request["Name"], lambda rule: rule.update(State="ENABLED"))
        return {}

    def disable(self, request: Request) -> Answer:
        """Serve DisableRule."""
        self.check_bus(request)
        self.change(request["Name"], lambda rule: rule.update(State="DISABLED"))
        return {}

    def put_targets(self, request: Request) -> Answer:
        """Serve PutTargets; a target replaces the one with its Id."""
        self.check_bus(request)
        rule_arn = self.get(request["Rule"])["Arn"]
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

        self.change(request["Rule"], change)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, request: Request) -> Answer:
        """Serve RemoveTargets; an unknown Id is not an error, as in EventBridge."""
        self.check_bus(request)

        def change(rule: Record) -> None:
            rule[TARGETS] = [target for target in rule[TARGETS] if target["Id"] not in request["Ids"]]

        self.change(request["Rule"], change)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def list_targets(self, request: Request) -> Answer:
        """Serve ListTargetsByRule."""
        self.check_bus(request)
        return {"Targets": self.get(request["Rule"])[TARGETS]}

    def list_names_by_target(self, request: Request) -> Answer:
        """Serve ListRuleNamesByTarget."""
        self.check_bus(request)
        names = [
            rule["Name"] for rule in self.all() if request["TargetArn"] in {target["Arn"] for target in rule[TARGETS]}
        ]
        return {"RuleNames": names}

    def all(self) -> builtins.list[Record]:
        """Return all rules, oldest first."""
        return self._rules.list()

    def matching(self, event: Mapping[str, Any]) -> Iterator[Record]:
        """Return the enabled rules whose pattern an event matches."""
        for rule in self.all():
            if rule["State"] == "ENABLED" and parse_pattern(rule["EventPattern"])(event):
                yield rule

    def get(self, name: str) -> Record:
        """Return a rule's record."""
        return self._rules.get(name)

    def change(self, name: str, change: Callable[[Record], None]) -> Record:
        """Change a rule atomically and return it."""
        return self._rules.change(name, change)

    def check_bus(self, request: Mapping[str, Any], member: str = "EventBusName") -> None:
        """Refuse another bus than the default one."""
        bus = request.get(member, BUS)
        if bus not in (BUS, self.bus_arn):
            raise AwsError("ResourceNotFoundException", f"Event bus {bus} does not exist.")

    @property
    def bus_arn(self) -> str:
        """The ARN of the default bus."""
        return self._context.settings.arn("events", f"event-bus/{BUS}")

    def _name_of(self, arn: str) -> str:
        prefix = self._context.settings.arn("events", "rule/")
        if not arn.startswith(prefix):
            raise invalid(f"local_aws supports tags of rules, {prefix}NAME; {arn} is not one")
        return arn.removeprefix(prefix).removeprefix(f"{BUS}/")


def _missing(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {BUS}.", status=400)
