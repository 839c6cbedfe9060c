"""Glue: runs of the workflow as graphs, jobs, crawlers, and the tables of the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.page.deployment import Deployment
from infrastructure.refusals import missing_is_fine

_LISTED = 25
_OUTPUT_GROUP = "/aws-glue/jobs/output"
_ERROR_GROUP = "/aws-glue/jobs/error"


def glue(deployment: Deployment) -> dict[str, Any]:
    """Return the workflow's latest runs, and what its jobs and crawlers are."""
    runs, jobs, crawlers = deployment.together(
        lambda: workflow_runs(deployment), lambda: _job_definitions(deployment), lambda: _crawlers(deployment)
    )
    return {"workflow": deployment.names.workflow, "runs": runs, "jobs": jobs, "crawlers": crawlers}


def workflow_runs(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the latest runs of the workflow, newest first; empty if the workflow does not exist."""
    runs: list[dict[str, Any]] = []
    with missing_is_fine():
        answer = deployment.client("glue").get_workflow_runs(Name=deployment.names.workflow, MaxResults=_LISTED)
        runs = answer.get("Runs", [])
    listed = [
        {
            "id": run["WorkflowRunId"],
            "status": run["Status"],
            "started": run["StartedOn"],
            "ended": run.get("CompletedOn"),
            "statistics": run.get("Statistics", {}),
            "reason": run.get("ErrorMessage", ""),
        }
        for run in runs
    ]
    return sorted(listed, key=lambda run: run["started"], reverse=True)


def workflow_run(deployment: Deployment, run_id: str) -> dict[str, Any]:
    """Return a run's graph: its triggers, jobs and crawlers, with their states and logs."""
    run = deployment.client("glue").get_workflow_run(Name=deployment.names.workflow, RunId=run_id, IncludeGraph=True)[
        "Run"
    ]
    nodes = {node["UniqueId"]: _node(node) for node in run["Graph"]["Nodes"]}
    arrows = [(edge["SourceId"], edge["DestinationId"]) for edge in run["Graph"].get("Edges", [])]
    return {
        "id": run_id,
        "status": run["Status"],
        "started": run["StartedOn"],
        "ended": run.get("CompletedOn"),
        "reason": run.get("ErrorMessage", ""),
        "nodes": list(nodes.values()),
        "edges": [
            {"from": nodes[source]["name"], "to": nodes[target]["name"], "label": ""} for source, target in arrows
        ],
    }


def start_workflow(deployment: Deployment) -> str:
    """Start a run of the workflow and return its ID; the pipeline starts when it succeeds."""
    return str(deployment.client("glue").start_workflow_run(Name=deployment.names.workflow)["RunId"])


def stop_workflow(deployment: Deployment, run_id: str) -> None:
    """Stop a run of the workflow."""
    deployment.client("glue").stop_workflow_run(Name=deployment.names.workflow, RunId=run_id)


def tables(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the tables of the deployment's database with their columns; empty if there is no database."""
    pages = deployment.client("glue").get_paginator("get_tables").paginate(DatabaseName=deployment.names.database)
    described: list[dict[str, Any]] = []
    with missing_is_fine():
        described = [table for page in pages for table in page["TableList"]]
    return [
        {
            "name": table["Name"],
            "database": deployment.names.database,
            "location": table.get("StorageDescriptor", {}).get("Location", ""),
            "format": table.get("Parameters", {}).get("classification", ""),
            "records": _whole_number(table.get("Parameters", {}).get("recordCount")),
            "crawler": table.get("Parameters", {}).get("UPDATED_BY_CRAWLER", ""),
            "updated": table.get("UpdateTime", table.get("CreateTime")),
            "columns": [_column(column) for column in table.get("StorageDescriptor", {}).get("Columns", [])],
            "partitions": [_column(column) for column in table.get("PartitionKeys", [])],
        }
        for table in described
    ]


def _job_definitions(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the workflow's jobs with their definitions."""
    client = deployment.client("glue")
    return [
        {
            "name": job["Name"],
            "about": job.get("Description", ""),
            "type": job["Command"]["Name"],
            "script": job["Command"].get("ScriptLocation", ""),
            "version": job.get("GlueVersion", ""),
            "workers": f"{job.get('NumberOfWorkers', 1)} x {job.get('WorkerType', '')}",
            "timeout": job.get("Timeout"),
            "runs": _job_runs(client, job["Name"]),
        }
        for job in _jobs(client, deployment.names.workflow)
    ]


def _jobs(client: Any, workflow: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    with missing_is_fine():
        nodes = client.get_workflow(Name=workflow, IncludeGraph=True)["Workflow"].get("Graph", {}).get("Nodes", [])
    names = [node["Name"] for node in nodes if node["Type"] == "JOB"]
    return [client.get_job(JobName=name)["Job"] for name in names]


def _job_runs(client: Any, job: str) -> list[dict[str, Any]]:
    return [
        {
            "id": run["Id"],
            "status": run["JobRunState"],
            "started": run["StartedOn"],
            "ended": run.get("CompletedOn"),
            "seconds": run.get("ExecutionTime"),
            "reason": run.get("ErrorMessage", ""),
            "logs": _job_logs(run["Id"]),
        }
        for run in client.get_job_runs(JobName=job, MaxResults=10)["JobRuns"]
    ]


def _job_logs(run_id: str) -> list[dict[str, str]]:
    return [{"group": _OUTPUT_GROUP, "stream": run_id}, {"group": _ERROR_GROUP, "stream": run_id}]


def _crawlers(deployment: Deployment) -> list[dict[str, Any]]:
    pages = deployment.client("glue").get_paginator("get_crawlers").paginate()
    return [
        {
            "name": crawler["Name"],
            "about": crawler.get("Description", ""),
            "state": crawler["State"],
            "last": crawler.get("LastCrawl", {}).get("Status", ""),
            "started": crawler.get("LastCrawl", {}).get("StartTime"),
            "reason": crawler.get("LastCrawl", {}).get("ErrorMessage", ""),
            "targets": [target["Path"] for target in crawler["Targets"].get("S3Targets", [])],
            "logs": _crawler_logs(crawler.get("LastCrawl", {})),
        }
        for page in pages
        for crawler in page["Crawlers"]
        if crawler.get("DatabaseName") == deployment.names.database
    ]


def _crawler_logs(crawl: Mapping[str, Any]) -> list[dict[str, str]]:
    if not crawl.get("LogGroup"):
        return []
    return [{"group": crawl["LogGroup"], "stream": crawl.get("LogStream", "")}]


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node with what its last run came to; a trigger has none."""
    run: Mapping[str, Any] = {}
    logs: list[dict[str, str]] = []
    if node["Type"] == "JOB":
        run = _latest(node.get("JobDetails", {}).get("JobRuns", []))
        logs = _job_logs(run["Id"]) if run else []
    elif node["Type"] == "CRAWLER":
        run = _latest(node.get("CrawlerDetails", {}).get("Crawls", []))
        logs = _crawler_logs(run)
    status = run.get("JobRunState", run.get("State", "")) or ("Trigger" if node["Type"] == "TRIGGER" else "NotStarted")
    return {
        "name": node["Name"],
        "title": node["Name"],
        "type": node["Type"].capitalize(),
        "status": status,
        "started": run.get("StartedOn"),
        "ended": run.get("CompletedOn"),
        "reason": run.get("ErrorMessage", ""),
        "logs": logs,
        "tests": list(_conditions(node.get("TriggerDetails", {}).get("Trigger", {}))),
    }


def _conditions(trigger: Mapping[str, Any]) -> Iterator[str]:
    for condition in trigger.get("Predicate", {}).get("Conditions", []):
        name = condition.get("JobName", condition.get("CrawlerName", ""))
        yield f"{name} {condition.get('State', condition.get('CrawlState', ''))}"


def _latest(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return max(runs, key=lambda run: run["StartedOn"], default={})


def _column(column: Mapping[str, str]) -> dict[str, str]:
    return {"name": column["Name"], "type": column.get("Type", ""), "about": column.get("Comment", "")}


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
