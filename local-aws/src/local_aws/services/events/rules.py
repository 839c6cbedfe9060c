"""Rules of the default event bus, and their tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.contracts.honoured import only, only_value
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public
from local_aws.services.events.event_pattern import parse_pattern

KIND = "event-rule"
BUS = "default"
TARGETS = "_targets"
"""Where a rule's record keeps its targets."""

_TAGS = "_tags"
_MOST_RULES = 300
_MEMBERS = ("Name", "EventPattern", "State", "Description", "Tags", "EventBusName")


class Rules:
    """The rules, by name."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._records = context.records

    def put(self, request: Request) -> Answer:
        """PutRule; a rule that is there already is replaced, and keeps its targets and tags."""
        self.check_bus(request)
        only(request, _MEMBERS, "PutRule")
        only_value(request, "State", ("ENABLED", "DISABLED"), "PutRule")
        name = request["Name"]
        if "EventPattern" not in request:
            raise AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
        parse_pattern(request["EventPattern"])
        rule = {
            "Name": name,
            "Arn": self._settings.arn("events", f"rule/{name}"),
            "EventPattern": request["EventPattern"],
            "State": request.get("State", "ENABLED"),
            **({"Description": request["Description"]} if "Description" in request else {}),
            "EventBusName": BUS,
        }
        if len(self.all()) >= _MOST_RULES and self._records.get(KIND, name) is None:
            raise AwsError("LimitExceededException", f"The event bus {BUS} has {_MOST_RULES} rules, and takes no more.")
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
        try:
            self._records.insert(KIND, name, {**rule, TARGETS: [], _TAGS: tags})
        except KeyError:
            self._replace(name, rule)
        return {"RuleArn": rule["Arn"]}

    def describe(self, request: Request) -> Answer:
        """DescribeRule."""
        self.check_bus(request)
        return public(self.get(request["Name"]))

    def list_all(self, request: Request) -> Answer:
        """ListRules."""
        self.check_bus(request)
        prefix = request.get("NamePrefix", "")
        rules = [public(rule) for rule in self.all() if rule["Name"].startswith(prefix)]
        found, token = page(rules, request, size_key="Limit")
        return {"Rules": found, **({"NextToken": token} if token else {})}

    def delete(self, request: Request) -> Answer:
        """DeleteRule; a rule that is not there is not an error, as in EventBridge."""
        self.check_bus(request)
        rule = self._records.get(KIND, request["Name"])
        if rule is not None and rule[TARGETS]:
            raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
        self._records.delete(KIND, request["Name"])
        return {}

    def enable(self, request: Request) -> Answer:
        """EnableRule."""
        self.check_bus(request)
        self.change(request["Name"], lambda rule: rule.update(State="ENABLED"))
        return {}

    def disable(self, request: Request) -> Answer:
        """DisableRule."""
        self.check_bus(request)
        self.change(request["Name"], lambda rule: rule.update(State="DISABLED"))
        return {}

    def tag(self, request: Request) -> Answer:
        """TagResource."""
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self.change(self._name_of(request["ResourceARN"]), lambda rule: rule[_TAGS].update(tags))
        return {}

    def untag(self, request: Request) -> Answer:
        """UntagResource."""

        def change(rule: Record) -> None:
            for key in request["TagKeys"]:
                rule[_TAGS].pop(key, None)

        self.change(self._name_of(request["ResourceARN"]), change)
        return {}

    def list_tags(self, request: Request) -> Answer:
        """ListTagsForResource."""
        tags = self.get(self._name_of(request["ResourceARN"]))[_TAGS]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def all(self) -> list[Record]:
        """Return all rules, oldest first."""
        return self._records.list(KIND)

    def matching(self, event: Mapping[str, Any]) -> Iterator[Record]:
        """Return the enabled rules whose pattern an event matches."""
        for rule in self.all():
            if rule["State"] == "ENABLED" and parse_pattern(rule["EventPattern"])(event):
                yield rule

    def get(self, name: str) -> Record:
        """Return a rule's record."""
        rule = self._records.get(KIND, name)
        if rule is None:
            raise _missing(name)
        return rule

    def change(self, name: str, change: Callable[[Record], None]) -> Record:
        """Change a rule; see `Records.update`.

        Raises
        ------
        AwsError
            ``ResourceNotFoundException``, or what `change` raises.
        """
        try:
            return self._records.update(KIND, name, change)
        except KeyError:
            raise _missing(name) from None

    def check_bus(self, request: Mapping[str, Any], member: str = "EventBusName") -> None:
        """Refuse another bus than the default one."""
        bus = request.get(member, BUS)
        if bus not in (BUS, self.bus_arn):
            raise AwsError(
                "ResourceNotFoundException", f"Event bus {bus} does not exist. local_aws has the bus {BUS} alone."
            )

    @property
    def bus_arn(self) -> str:
        """The ARN of the default bus."""
        return self._settings.arn("events", f"event-bus/{BUS}")

    def _replace(self, name: str, rule: Record) -> None:
        def change(there: Record) -> None:
            kept = {key: there[key] for key in (TARGETS, _TAGS)}
            there.clear()
            there.update(rule, **kept)

        self.change(name, change)

    def _name_of(self, arn: str) -> str:
        prefix = self._settings.arn("events", "rule/")
        if not arn.startswith(prefix):
            raise AwsError("ValidationException", f"local_aws keeps tags of rules, {prefix}NAME; {arn} is none")
        return arn.removeprefix(prefix).removeprefix(f"{BUS}/")


def _missing(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {BUS}.", status=400)
