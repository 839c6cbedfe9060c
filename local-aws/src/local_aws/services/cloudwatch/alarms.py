"""Metric alarms: PutMetricAlarm, DescribeAlarms, DeleteAlarms, SetAlarmState and the switch of their actions."""

from __future__ import annotations

import uuid
from functools import partial

from local_aws.contracts.members import unsupported_error
from local_aws.contracts.tags import TagForm, TagOperations
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import Record, now, public, selected, without
from local_aws.services.cloudwatch.aggregates import check_statistic
from local_aws.services.cloudwatch.datapoints import Metric
from local_aws.services.cloudwatch.evaluation import COMPARISONS, MISSING_DATA, Evaluation
from local_aws.services.cloudwatch.evaluator import Evaluator
from local_aws.services.cloudwatch.history import History
from local_aws.services.cloudwatch.states import KIND, States

_TAG_FORM = TagForm(resource="ResourceARN", kept="_Tags")
_ACTION_MEMBERS = ("OKActions", "AlarmActions", "InsufficientDataActions")
ALARM = (
    *("AlarmName", "AlarmDescription", "ActionsEnabled", "MetricName", "Namespace", "Statistic", "ExtendedStatistic"),
    *("Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
    *("TreatMissingData", "Tags", *_ACTION_MEMBERS),
)
ALARM_VALUES = {"ComparisonOperator": tuple(COMPARISONS)}
ALARM_LISTING = (
    *("AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "ActionPrefix", "MaxRecords", "NextToken"),
)
_KEPT = (
    *("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
    *("_Id", _TAG_FORM.kept),
)
_REQUIRED = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator")
_SHORT_PERIODS = (10, 20, 30)
_MAX_SECONDS = 7 * 24 * 3600


class Alarms:
    """Keeps alarms on one metric each."""

    def __init__(self, context: Context, evaluator: Evaluator, states: States, history: History) -> None:
        self._alarms = Collection(context.records, KIND, _missing)
        self._settings = context.settings
        self._evaluator = evaluator
        self._states = states
        self._history = history
        arn = context.settings.arn("cloudwatch", "alarm:")
        tagged = Collection(context.records, KIND, lambda name: _missing_arn(f"{arn}{name}"))
        self.tags = TagOperations(lambda resource, change: tagged.change(resource.removeprefix(arn), change), _TAG_FORM)

    def put(self, request: Request) -> Answer:
        """Serve PutMetricAlarm; an alarm that exists keeps its state and tags."""
        _check(request)
        name = request["AlarmName"]
        record = {
            **{member: [] for member in (*_ACTION_MEMBERS, "Dimensions")},
            **without(request, "Tags"),
            "AlarmArn": self._settings.arn("cloudwatch", f"alarm:{name}"),
            "ActionsEnabled": request.get("ActionsEnabled", True),
            "AlarmConfigurationUpdatedTimestamp": now(),
        }
        fresh = {
            "StateValue": "INSUFFICIENT_DATA",
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": now(),
            "StateTransitionedTimestamp": now(),
            "_Id": str(uuid.uuid4()),
            _TAG_FORM.kept: _TAG_FORM.read(request),
        }
        existing = self._alarms.find(name)
        if existing is None:
            self._alarms.add(name, {**record, **fresh})
        else:
            self._alarms.change(name, partial(_replace, record))
        verb = "created" if existing is None else "updated"
        self._history.add(name, "ConfigurationUpdate", f'Alarm "{name}" {verb}', {"type": verb.capitalize()[:-1]})
        self._evaluator.alarm_changed(name)
        return {}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeAlarms."""
        if "AlarmNames" in request and "AlarmNamePrefix" in request:
            raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be given together")
        alarms = [public(alarm) for alarm in self._all() if _matches(alarm, request)]
        return {"MetricAlarms": alarms, "CompositeAlarms": []}

    def describe_for_metric(self, request: Request) -> Answer:
        """Serve DescribeAlarmsForMetric."""
        metric = Metric.of(request)
        wanted = ("Statistic", "ExtendedStatistic", "Period", "Unit")
        alarms = [
            public(alarm)
            for alarm in self._all()
            if Metric.of(alarm) == metric and all(request.get(key, alarm.get(key)) == alarm.get(key) for key in wanted)
        ]
        return {"MetricAlarms": alarms}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteAlarms."""
        names = request["AlarmNames"]
        if missing := [name for name in names if self._alarms.find(name) is None]:
            raise AwsError("ResourceNotFound", f"Alarms {missing} do not exist", 404)
        for name in names:
            if self._alarms.discard(name):
                self._history.add(name, "ConfigurationUpdate", f'Alarm "{name}" deleted', {"type": "Delete"})
        return {}

    def set_state(self, request: Request) -> Answer:
        """Serve SetAlarmState: the state lasts until the alarm is evaluated next, and its actions are taken."""
        alarm = self._alarms.find(request["AlarmName"])
        if alarm is None:
            # AWS says no more.
            raise AwsError("ResourceNotFound", "", 404)
        try:
            data = read_json(request.get("StateReasonData", "{}"))
        except ValueError as error:
            raise AwsError("InvalidFormat", f"StateReasonData is not JSON: {error}") from error
        self._evaluator.hold(request["AlarmName"])
        self._states.enter(alarm, Evaluation(request["StateValue"], request["StateReason"], data))
        return {}

    def list_tags(self, request: Request) -> Answer:
        """Serve ListTagsForResource; an alarm that does not exist has no tags."""
        alarm = self._alarms.find(request["ResourceARN"].removeprefix(self._settings.arn("cloudwatch", "alarm:")))
        return {"Tags": [] if alarm is None else _TAG_FORM.write(alarm[_TAG_FORM.kept])}

    def enable_actions(self, request: Request) -> Answer:
        """Serve EnableAlarmActions."""
        return self._switch(request["AlarmNames"], True)

    def disable_actions(self, request: Request) -> Answer:
        """Serve DisableAlarmActions."""
        return self._switch(request["AlarmNames"], False)

    def _switch(self, names: list[str], enabled: bool) -> Answer:
        for name in names:
            self._alarms.change(name, lambda record: record.update(ActionsEnabled=enabled))
        return {}

    def _all(self) -> list[Record]:
        return sorted(self._alarms.list(), key=lambda alarm: alarm["AlarmName"])


def _missing(name: str) -> AwsError:
    return AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)


def _missing_arn(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"There is no alarm {arn}", 404)


def _replace(record: Record, existing: Record) -> None:
    """Put a new definition in place of an alarm's, which keeps its state and tags."""
    kept = selected(existing, _KEPT)
    existing.clear()
    existing.update({**record, **kept})


def _check(request: Request) -> None:
    missing = [member for member in _REQUIRED if member not in request]
    if ("Statistic" in request) == ("ExtendedStatistic" in request):
        missing.append("exactly one of Statistic and ExtendedStatistic")
    if missing:
        raise AwsError("ValidationError", f"alarm {request['AlarmName']!r} needs {', '.join(missing)}")
    check_statistic(request.get("Statistic") or request["ExtendedStatistic"])
    if request.get("TreatMissingData", "missing") not in MISSING_DATA:
        raise AwsError("ValidationError", f"TreatMissingData must be one of {', '.join(MISSING_DATA)}")
    period, wanted = request["Period"], request["EvaluationPeriods"]
    if period not in _SHORT_PERIODS and period % 60:
        raise AwsError("ValidationError", f"Period must be 10, 20, 30 or a multiple of 60, not {period}")
    if period * wanted > _MAX_SECONDS:
        raise AwsError("ValidationError", "Period times EvaluationPeriods must not be over seven days")
    if request.get("DatapointsToAlarm", wanted) > wanted:
        raise AwsError("ValidationError", "DatapointsToAlarm must not be over EvaluationPeriods")
    for action in (action for member in _ACTION_MEMBERS for action in request.get(member, [])):
        if not action.startswith("arn:aws:sns:"):
            raise unsupported_error(f"action {action} (supported: SNS topics)", "PutMetricAlarm", "ValidationError")


def _matches(alarm: Record, request: Request) -> bool:
    actions = [action for member in _ACTION_MEMBERS for action in alarm[member]]
    return (
        alarm["AlarmName"] in request.get("AlarmNames", [alarm["AlarmName"]])
        and alarm["AlarmName"].startswith(request.get("AlarmNamePrefix", ""))
        and "MetricAlarm" in request.get("AlarmTypes", ["MetricAlarm"])
        and request.get("StateValue", alarm["StateValue"]) == alarm["StateValue"]
        and ("ActionPrefix" not in request or any(action.startswith(request["ActionPrefix"]) for action in actions))
    )
