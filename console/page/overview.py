"""The system on one screen: what each part did last, what waits for a person, and what fires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.failures import EXPECTED, failure_message
from console.page.deployment import Deployment
from console.page.endpoint import alarms_of
from console.page.glue import tables, workflow_runs
from console.page.models import metrics_of
from console.page.pipelines import executions
from console.registry import Serving, package, serving, summaries
from lambda_functions.endpoint_records import CHANGING

_WAITING = "PendingManualApproval"
_FIGURES = ("accuracy", "roc_auc")
_FEEDS = ("income", "parks", "playgrounds")
_STATES = {"COMPLETED": "ok", "Succeeded": "ok", "SUCCEEDED": "ok"}
_RUNNING = frozenset({"RUNNING", "STOPPING", "Executing", "Stopping", "QUEUED"})

Stage = dict[str, Any]


def overview(deployment: Deployment) -> dict[str, Any]:
    """Return the stages from the feeds to SQL, the versions that wait for approval, and the alarms that fire."""
    client, names = deployment.client("sagemaker"), deployment.names
    catalog, runs, trained, deployed, registered, now, query, alarms = deployment.together(
        *(
            _attempt(call)
            for call in (
                lambda: tables(deployment),
                lambda: workflow_runs(deployment),
                lambda: executions(deployment, names.pipeline),
                lambda: executions(deployment, names.deploy_pipeline),
                lambda: _versions(deployment),
                lambda: serving(client, names.pipeline),
                lambda: _last_query(deployment),
                lambda: alarms_of(deployment),
            )
        )
    )
    known = registered[0] if isinstance(registered, tuple) else []
    stages = [
        _stage("feeds", "Feeds", catalog, _feeds),
        _stage("glue", "Glue workflow", runs, _glue),
        _stage("pipeline", "Pipeline", trained, _executions),
        _stage("registry", "Model registry", registered, _registry),
        _stage("deploy", "Deployment", deployed, _executions),
        _stage("endpoint", "Endpoint", now, lambda serves: _endpoint(serves, known)),
        _stage("sql", "SQL", query, _sql),
    ]
    waiting = [
        {"version": summary["ModelPackageVersion"], "since": summary["CreationTime"]}
        for summary in known
        if summary["ModelApprovalStatus"] == _WAITING
    ]
    return {"stages": stages, "waiting": waiting, "alarms": alarms if isinstance(alarms, list) else []}


def _versions(deployment: Deployment) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Return summaries of the versions, newest first, and the figures of the newest."""
    client = deployment.client("sagemaker")
    registered = summaries(client, deployment.names.pipeline)
    if not registered:
        return [], {}
    return registered, metrics_of(deployment, package(client, registered[0]["ModelPackageArn"]))


def _attempt(call: Callable[[], Any]) -> Callable[[], Any]:
    """Wrap a call so that it returns its error: one part that may not be read does not hide the others."""

    def attempted() -> Any:
        try:
            return call()
        except EXPECTED as error:
            return error

    return attempted


def _stage(key: str, title: str, answer: Any, describe: Callable[[Any], Stage]) -> Stage:
    if isinstance(answer, Exception):
        unknown = {"state": "unknown", "headline": "cannot be read", "reason": failure_message(answer).strip()}
        return {"key": key, "title": title, **unknown, "at": None, "figures": []}
    return {"key": key, "title": title, "reason": "", **describe(answer)}


def _feeds(catalog: list[dict[str, Any]]) -> Stage:
    feeds = [table for table in catalog if table["name"] in _FEEDS]
    return {
        "state": "ok" if len(feeds) == len(_FEEDS) else "idle",
        "headline": f"{len(feeds)} of {len(_FEEDS)} imported" if feeds else "not imported yet",
        "at": max((table["updated"] for table in feeds), default=None),
        "figures": [{"label": table["name"], "value": table["records"]} for table in feeds],
    }


def _glue(runs: list[dict[str, Any]]) -> Stage:
    if not runs:
        return {"state": "idle", "headline": "has not run", "at": None, "figures": []}
    run = runs[0]
    figures = run["statistics"]
    total, succeeded = figures.get("TotalActions", 0), figures.get("SucceededActions", 0)
    state = _state(run["status"])
    return {
        # A run with a failed action is COMPLETED all the same.
        "state": "failed" if state == "ok" and succeeded < total else state,
        "headline": run["status"].capitalize(),
        "at": run["started"],
        "reason": run["reason"],
        "figures": [{"label": "actions succeeded", "value": f"{succeeded} of {total}"}],
    }


def _executions(answer: dict[str, Any]) -> Stage:
    listed = answer["executions"]
    if not listed:
        return {"state": "idle", "headline": "has not run", "at": None, "figures": []}
    last = listed[0]
    return {
        "state": _state(last["status"]),
        "headline": last["status"],
        "at": last["started"],
        "reason": last["reason"],
        "execution": last["arn"],
        "figures": [{"label": "executions", "value": f"{len(listed)} and more" if answer["token"] else len(listed)}],
    }


def _registry(answer: tuple[list[dict[str, Any]], dict[str, float]]) -> Stage:
    registered, figures = answer
    if not registered:
        return {"state": "idle", "headline": "no versions yet", "at": None, "figures": []}
    newest = registered[0]
    waiting = sum(summary["ModelApprovalStatus"] == _WAITING for summary in registered)
    return {
        "state": "waiting" if waiting else "ok",
        "headline": f"version {newest['ModelPackageVersion']}",
        "at": newest["CreationTime"],
        "figures": [
            {"label": "versions", "value": len(registered)},
            {"label": "wait for approval", "value": waiting},
            *({"label": name.replace("_", " "), "value": figures[name]} for name in _FIGURES if name in figures),
        ],
    }


def _endpoint(now: Serving | None, registered: list[dict[str, Any]]) -> Stage:
    if now is None:
        return {"state": "idle", "headline": "does not exist yet", "at": None, "figures": []}
    versions = {summary["ModelPackageArn"]: summary["ModelPackageVersion"] for summary in registered}
    state = "ok" if now.status == "InService" else "running" if now.status in CHANGING else "failed"
    figures = [{"label": "serves version", "value": versions.get(now.package_arn, "unknown")}]
    if now.moving_to:
        figures.append({"label": "moving to version", "value": versions.get(now.moving_to, "unknown")})
    return {
        "state": state,
        "headline": now.status,
        "at": now.since,
        "reason": now.failure,
        "figures": figures,
    }


def _last_query(deployment: Deployment) -> dict[str, Any] | None:
    athena = deployment.client("athena")
    ids = athena.list_query_executions(WorkGroup=deployment.names.work_group, MaxResults=1)["QueryExecutionIds"]
    if not ids:
        return None
    execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=ids[0])["QueryExecution"]
    return execution


def _sql(query: dict[str, Any] | None) -> Stage:
    if query is None:
        return {"state": "idle", "headline": "nothing asked yet", "at": None, "figures": []}
    status, statistics = query["Status"], query.get("Statistics", {})
    seconds = statistics.get("TotalExecutionTimeInMillis", 0) / 1000
    return {
        "state": _state(status["State"]),
        "headline": f"last query {status['State'].lower()}",
        "at": status["SubmissionDateTime"],
        "reason": status.get("StateChangeReason", ""),
        "figures": [{"label": "took", "value": f"{seconds:.1f} s"}],
    }


def _state(status: str) -> str:
    if status in _RUNNING:
        return "running"
    return _STATES.get(status, "failed")
