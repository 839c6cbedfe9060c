"""Workflows of tiny jobs and of crawlers over a bucket with one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningServer
from tests.waiting import wait_until

SUCCEED = "pass"
FAIL = "raise SystemExit(1)"
ENDED = ("COMPLETED", "STOPPED", "ERROR")


class Flow:
    """A workflow, with jobs, crawlers and triggers whose names begin with its name."""

    def __init__(self, server: RunningServer, name: str, folder: Path) -> None:
        self.server = server
        self.glue = server.client("glue")
        self.name = name
        self.gate = folder / "gate"
        s3 = server.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="data/rows.csv", Body=b"name,count\na,1\nb,2\n")
        self._put = lambda key, body: s3.put_object(Bucket=name, Key=key, Body=body)

    @property
    def wait_for_gate(self) -> str:
        """A script that runs until `gate` is there."""
        return f"import pathlib, time\nwhile not pathlib.Path({str(self.gate)!r}).exists():\n    time.sleep(0.02)\n"

    def job(self, name: str, script: str = SUCCEED, **members: Any) -> str:
        full = f"{self.name}-{name}"
        self._put(f"{name}.py", script.encode())
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{self.name}/{name}.py"}
        return self.glue.create_job(Name=full, Role="role", Command=command, GlueVersion="5.1", **members)["Name"]

    def crawler(self, name: str) -> str:
        full = f"{self.name}-{name}"
        targets = {"S3Targets": [{"Path": f"s3://{self.name}/data/"}]}
        self.glue.create_crawler(Name=full, Role="service-role/crawler", DatabaseName=self.name, Targets=targets)
        return full

    def workflow(self, **members: Any) -> None:
        self.glue.create_workflow(Name=self.name, **members)

    def start_trigger(self, name: str, *actions: dict[str, Any], workflow: bool = True, **members: Any) -> str:
        return self._trigger(name, actions, workflow, Type="ON_DEMAND", **members)

    def conditional(
        self,
        name: str,
        conditions: list[dict[str, str]],
        *actions: dict[str, Any],
        workflow: bool = True,
        **members: Any,
    ) -> str:
        predicate = {"Logical": members.pop("Logical", "AND"), "Conditions": conditions}
        members = {"StartOnCreation": True, **members}
        return self._trigger(name, actions, workflow, Type="CONDITIONAL", Predicate=predicate, **members)

    def run(self, **members: Any) -> dict[str, Any]:
        return self.ended(self.glue.start_workflow_run(Name=self.name, **members)["RunId"])

    def shown(self, run_id: str) -> dict[str, Any]:
        return self.glue.get_workflow_run(Name=self.name, RunId=run_id, IncludeGraph=True)["Run"]

    def ended(self, run_id: str) -> dict[str, Any]:
        def run() -> dict[str, Any] | None:
            found = self.shown(run_id)
            return found if found["Status"] in ENDED else None

        return wait_until(run)

    def _trigger(self, name: str, actions: tuple[dict[str, Any], ...], workflow: bool, **members: Any) -> str:
        if workflow:
            members["WorkflowName"] = self.name
        return self.glue.create_trigger(Name=f"{self.name}-{name}", Actions=list(actions), **members)["Name"]


def job_ended(name: str, state: str = "SUCCEEDED") -> dict[str, str]:
    """Return a condition on a job."""
    return {"LogicalOperator": "EQUALS", "JobName": name, "State": state}


def crawl_ended(name: str, state: str = "SUCCEEDED") -> dict[str, str]:
    """Return a condition on a crawler."""
    return {"LogicalOperator": "EQUALS", "CrawlerName": name, "CrawlState": state}


def nodes(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the nodes of a graph by name."""
    return {node["Name"]: node for node in run["Graph"]["Nodes"]}


def job_runs(run: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the job runs of a node."""
    return nodes(run)[name]["JobDetails"]["JobRuns"]


def counted(run: dict[str, Any]) -> dict[str, int]:
    """Return the statistics that are not zero, by their first word."""
    return {key.removesuffix("Actions"): number for key, number in run["Statistics"].items() if number}


@pytest.fixture
def flow(server: RunningServer, request: pytest.FixtureRequest, tmp_path: Path) -> Flow:
    """Return a flow named after the test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-")
    return Flow(server, name, tmp_path)
