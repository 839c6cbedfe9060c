"""The default event bus: state changes of services and events of clients are matched to rules."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from local_aws.contracts.members import Members
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import Event
from local_aws.kernel.metric_stream import MetricStream
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import now
from local_aws.services.events.deliveries import Deliveries
from local_aws.services.events.errors import invalid
from local_aws.services.events.event_pattern import parse_pattern
from local_aws.services.events.rules import BUS, TARGETS, Rules

_log = logging.getLogger(__name__)
_ENTRY = Members(("Time", "Source", "Resources", "DetailType", "Detail", "EventBusName"))
_MAX_BYTES = 1_048_576
_MANDATORY = {"id", "account", "source", "time", "region", "resources", "detail-type"}


class Bus:
    """Takes events."""

    def __init__(self, context: Context, rules: Rules, deliveries: Deliveries, metrics: MetricStream) -> None:
        self._settings = context.settings
        self._rules = rules
        self._deliveries = deliveries
        self._metrics = metrics

    def describe(self, request: Request) -> Answer:
        """Serve DescribeEventBus."""
        self._rules.check_bus(request, "Name")
        return {"Name": BUS, "Arn": self._rules.bus_arn}

    def test_pattern(self, request: Request) -> Answer:
        """Serve TestEventPattern."""
        pattern = parse_pattern(request["EventPattern"])
        try:
            event = read_json(request["Event"])
        except ValueError:
            event = None
        if not isinstance(event, dict) or not event.keys() >= _MANDATORY:
            raise invalid("Parameter Event is not valid.")
        return {"Result": pattern(event)}

    def put(self, request: Request) -> Answer:
        """Serve PutEvents; each entry fails by itself."""
        if sum(len(json.dumps(entry, default=str)) for entry in request["Entries"]) > _MAX_BYTES:
            raise invalid("Total size of the entries in the request is over the limit.")
        results = []
        for entry in request["Entries"]:
            try:
                results.append({"EventId": self._put(entry)})
            except AwsError as error:
                results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        return {"FailedEntryCount": sum(1 for result in results if "ErrorCode" in result), "Entries": results}

    def take_event(self, event: Event) -> None:
        """Take a state change of a service."""
        try:
            self._take(event.source, event.detail_type, event.detail, event.resources, event.time)
        except (TypeError, ValueError):
            _log.exception("%s of %s is not an event: its detail is not JSON", event.detail_type, event.source)

    def _put(self, entry: Mapping[str, Any]) -> str:
        _ENTRY.check(entry, "an entry of PutEvents", "InvalidArgument")
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                reason = f"Parameter {member} is not valid. Reason: {member} is a required argument."
                raise AwsError("InvalidArgument", reason)
        self._rules.check_bus(entry)
        if entry["Source"].startswith("aws."):
            raise AwsError("NotAuthorizedForSourceException", f"Not authorized for the source {entry['Source']}.")
        try:
            detail = read_json(entry["Detail"], parse_constant=_refused_constant)
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            raise AwsError("MalformedDetail", "Detail is malformed.")
        return self._take(
            entry["Source"], entry["DetailType"], detail, entry.get("Resources", ()), entry.get("Time") or now()
        )

    def _take(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str], time: datetime
    ) -> str:
        """Make the event, and record its deliveries; return its id."""
        event_id = str(uuid.uuid4())
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT_ID,
            "time": _iso(time),
            "region": self._settings.region,
            "resources": list(resources),
            "detail": detail,
        }
        # As JSON from here on: a record must not take a detail of ours for one of its own types.
        text = json.dumps(event, ensure_ascii=False)
        rules = list(self._rules.matching(json.loads(text)))
        ingested = _iso(now())
        self._deliveries.add(
            {
                "Id": str(uuid.uuid4()),
                "Event": text,
                "Target": target,
                "Rule": {"Name": rule["Name"], "Arn": rule["Arn"], "IngestionTime": ingested},
                "CreatedAt": now().timestamp(),
                "Attempts": 0,
            }
            for rule in rules
            for target in rule[TARGETS]
        )
        for rule in rules:
            self._metrics.put("TriggeredRules", 1, {"RuleName": rule["Name"]})
            self._metrics.put("MatchedEvents", 1, {"RuleName": rule["Name"]})
        return event_id


def _refused_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
