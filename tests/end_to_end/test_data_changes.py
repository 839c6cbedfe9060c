"""What a Glue workflow run starts, and what it does not: on new data, on unchanged data, on bad data."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from console.sample_feeds import write_sample_feeds
from tests.end_to_end.conftest import NAMES, SMALL, Demo
from tests.end_to_end.executions import PIPELINE, cached, ended, executions, outputs, pages_of, start, started_since
from tests.pipeline_steps import REUSED
from tests.waiting import wait_until

LEVELS = "SELECT level, count(*) AS playgrounds FROM playgrounds GROUP BY level ORDER BY level"
OTHER = {"playgrounds": 900, "parks": 950, "zip_codes": 260, "seed": 37}
"""With this seed no column lacks more than in the small sample: the data are other ones, and as good."""


@pytest.fixture
def unchanged(demo: Demo, feeds: Path) -> Demo:
    """The demo's deployment, which imports the small sample at first."""
    demo.run("deploy", "--no-pipelines", "--source", str(feeds))
    return demo


def run_workflow(demo: Demo) -> dict[str, dict[str, Any]]:
    """Run the workflow; give the steps of the one execution that its end has started, by name."""
    look = started_since(demo, executions(demo, PIPELINE), PIPELINE)
    demo.run("run")
    (arn,) = look()
    execution, steps = ended(demo, arn)
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    return steps


def last_run(demo: Demo) -> dict[str, Any]:
    glue = demo.client("glue")
    runs = glue.get_workflow_runs(Name=NAMES.workflow, IncludeGraph=True)["Runs"]
    return max(runs, key=lambda run: run["StartedOn"])


def actions(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The runs and crawls of a workflow run by name; each has run once."""
    found = {}
    for node in run["Graph"]["Nodes"]:
        details = node.get("JobDetails", {}).get("JobRuns") or node.get("CrawlerDetails", {}).get("Crawls")
        if details:
            (found[node["Name"]],) = details
    return found


def test_a_run_of_the_workflow_does_everything_in_order_and_starts_one_execution(unchanged: Demo) -> None:
    steps = run_workflow(unchanged)

    run = last_run(unchanged)
    assert run["Status"] == "COMPLETED"
    assert run["Statistics"]["SucceededActions"] == run["Statistics"]["TotalActions"] == 5
    done = actions(run)
    assert {found.get("JobRunState", found.get("State")) for found in done.values()} == {"SUCCEEDED"}
    order = ("import_income_data", "crawl_raw_data", "prep_data_for_ml", "crawl_processed_data")
    assert done.keys() == {*order, "import_json_data"}
    for before, after in (*pairwise(order), ("import_json_data", "crawl_raw_data")):
        assert done[before]["CompletedOn"] <= done[after]["StartedOn"]
    # Unchanged data is not computed again, though the event is another one.
    assert cached(steps) == REUSED


def test_an_execution_that_is_under_way_is_followed(unchanged: Demo) -> None:
    before = last_run(unchanged)["WorkflowRunId"]
    arn = start(unchanged, PIPELINE)

    said = unchanged.run("run")

    assert f"{arn.rpartition('/')[2]} is running already: following it" in said
    assert "registered version" in said
    assert last_run(unchanged)["WorkflowRunId"] == before


def test_new_data_is_computed_anew(unchanged: Demo, tmp_path: Path) -> None:
    first = executions(unchanged, PIPELINE)[0]
    _, before = ended(unchanged, first)
    write_sample_feeds(tmp_path, **OTHER)
    unchanged.run("deploy", "--no-pipelines", "--source", str(tmp_path))
    after = run_workflow(unchanged)
    assert cached(after) == set()
    versions = [outputs(steps["ResolveDataVersion"])["DataVersion"] for steps in (before, after)]
    assert versions[0] != versions[1]
    assert scored_rows(unchanged, before) == SMALL["playgrounds"]
    assert scored_rows(unchanged, after) == OTHER["playgrounds"]


def scored_rows(demo: Demo, steps: dict[str, dict[str, Any]]) -> int:
    """Rows of the scoring table that an execution made or took from the cache."""
    job = steps["EngineerFeatures"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    made = demo.client("sagemaker").describe_processing_job(ProcessingJobName=job)["ProcessingOutputConfig"]["Outputs"]
    (url,) = [output["S3Output"]["S3Uri"] for output in made if output["OutputName"] == "report"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    features = demo.client("s3").get_object(Bucket=bucket, Key=f"{key.rstrip('/')}/features.json")["Body"].read()
    return json.loads(features)["scored_rows"]


def test_value_outside_its_domain_stops_the_chain(unchanged: Demo, feeds: Path, tmp_path: Path) -> None:
    for path in feeds.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    file = tmp_path / "DPR_Playgrounds_001.json"
    file.write_text(file.read_text().replace('"Level":"4"', '"Level":"5"', 56))
    rows = unchanged.run("query", LEVELS)
    raw, before = partitions(unchanged), executions(unchanged, PIPELINE)
    unchanged.run("deploy", "--no-pipelines", "--source", str(tmp_path))

    said = unchanged.fail("run")

    assert "failed: Glue job import_json_data" in said
    assert re.search(r"reason: .*playgrounds.*field 'Level' must be one of 1, 2, 3, 4; it holds '5' \(56 rows\)", said)
    assert "log /aws-glue/jobs/output" in said
    done = actions(last_run(unchanged))
    assert done["import_json_data"]["JobRunState"] == "FAILED"
    assert done.keys() == {"import_income_data", "import_json_data"}
    assert partitions(unchanged) == raw
    assert unchanged.run("query", LEVELS) == rows
    assert executions(unchanged, PIPELINE) == before
    alert = wait_until(lambda: [line for line in alerts(unchanged) if "import_json_data" in line], "an alert")
    assert "FAILED" in alert[-1]


def alerts(demo: Demo) -> list[str]:
    """What was published to the topic."""
    file = demo.data_dir / "sns" / "playgrounds-alerts.jsonl"
    return file.read_text().splitlines() if file.is_file() else []


def partitions(demo: Demo) -> dict[str, str]:
    """The imported parks and playgrounds: keys and contents."""
    s3 = demo.client("s3")
    return {
        found["Key"]: found["ETag"]
        for prefix in ("parks/", "playgrounds/")
        for found in pages_of(s3, "list_objects_v2", "Contents", Bucket=NAMES.raw_bucket, Prefix=prefix)
    }
