"""Runs the corpus on a server, through boto3 alone."""

from __future__ import annotations

import fnmatch
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.corpus.cases import Case
from tests.corpus.packing import load
from tests.corpus.places import BOOTSTRAP, BUCKET, DRIVERS, FUNCTION, INSTALLER, QUEUE, ROLE
from tests.corpus.sdk_scripts import of_functions, of_processing, of_training
from tests.waiting import wait_until

_FOLDER = Path(__file__).parent
_HANDLER = """
def handler(event, context):
    assert event["harvest"].startswith("s3://"), event
    return {"status": 200, "lots": 3, "fresh": event["season"] == 2, "depth": event.get("depth", "")}
"""
ANSWER = "1,2"
"""What Callback steps are answered with."""


@dataclass(frozen=True)
class Run:
    """An execution that has ended."""

    arn: str
    status: str
    steps: tuple[dict[str, Any], ...]


class Corpus:
    """The pipelines on a server that has their scripts and data, the function that they call, and their queue."""

    def __init__(self, client_of: Callable[[str], Any]) -> None:
        self.client = client_of("sagemaker")
        self._s3, self._sqs = client_of("s3"), client_of("sqs")
        self._s3.create_bucket(Bucket=BUCKET)
        for key, content in _objects():
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        self._sdk_scripts = {
            BOOTSTRAP: dict(of_functions()),
            DRIVERS: dict(of_training()),
            INSTALLER: dict(of_processing()),
        }
        self._queue = self._sqs.create_queue(QueueName=QUEUE.rpartition("/")[2])["QueueUrl"]
        client_of("lambda").create_function(
            FunctionName=FUNCTION.rpartition(":")[2],
            Runtime="python3.12",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": _zip({"index.py": _HANDLER})},
        )

    def create(self, case: Case) -> None:
        """Create a case's pipeline."""
        text = json.dumps(load(case.name))
        for place, contents in self._sdk_scripts.items():
            for folder in set(re.findall(rf"s3://{BUCKET}/([^\"]+/{place})\"", text)):
                for name, content in contents.items():
                    self._s3.put_object(Bucket=BUCKET, Key=f"{folder}/{name}".strip("/"), Body=content)
        self.client.create_pipeline(PipelineName=case.name, PipelineDefinition=text, RoleArn=ROLE)

    def run(self, case: Case, only: Sequence[str] = (), source: Run | None = None) -> Run:
        """Run a case's pipeline to its end.

        Parameters
        ----------
        only, source
            The steps that are to run, and whence the others' results are.
        """
        given = [{"Name": name, "Value": value} for name, value in case.parameters.items()]
        chosen: dict[str, Any] = {}
        if source is not None:
            steps = [{"StepName": step} for step in only]
            chosen = {"SelectiveExecutionConfig": {"SourcePipelineExecutionArn": source.arn, "SelectedSteps": steps}}
        started = self.client.start_pipeline_execution(PipelineName=case.name, PipelineParameters=given, **chosen)
        arn = started["PipelineExecutionArn"]

        def end() -> str | None:
            self._answer()
            status = self.client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            return None if status in ("Executing", "Stopping") else str(status)

        status = wait_until(end, f"the end of {case.name}")
        listed = self.client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
        return Run(arn, status, tuple(listed["PipelineExecutionSteps"]))

    def check(self, case: Case, run: Run) -> None:
        """Raise `AssertionError` if a run has not ended as its case says."""
        reasons = {step["StepName"]: step["FailureReason"] for step in run.steps if "FailureReason" in step}
        assert sorted(step["StepName"] for step in run.steps) == sorted(case.steps.split()), reasons
        if case.failure:
            failing = case.failing or case.steps.split()[-1]
            end = "CompletedWithFailures" if case.failing else "Failed"
            assert (run.status, list(reasons)) == (end, [failing]), reasons
            assert case.failure in reasons[failing]
        else:
            assert (run.status, reasons) == ("Succeeded", {})
        for pattern, word in case.writes.items():
            contents = self.read(pattern.format(run.arn.rpartition("/")[2]))
            assert contents and all(word in content for content in contents), (pattern, contents)
        for pattern in case.deletes:
            assert not self.read(pattern.format(run.arn.rpartition("/")[2])), pattern
        group, versions = case.registers
        if group:
            packages = self.client.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
            assert len(packages) == versions

    def read(self, pattern: str) -> list[str]:
        """Return the contents of the objects whose key fits a pattern."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=pattern.partition("*")[0])
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        bodies = (self._s3.get_object(Bucket=BUCKET, Key=key)["Body"] for key in fnmatch.filter(keys, pattern))
        return [body.read().decode(errors="replace") for body in bodies]

    def _answer(self) -> None:
        """Answer the Callback steps that wait."""
        for message in self._sqs.receive_message(QueueUrl=self._queue).get("Messages", ()):
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            self.client.send_pipeline_execution_step_success(
                CallbackToken=json.loads(message["Body"])["token"],
                OutputParameters=[{"Name": "depths", "Value": ANSWER}],
            )


def _objects() -> Iterator[tuple[str, bytes]]:
    """Return what lies in the corpus' bucket, by key."""
    yield "data/harvest.csv", _harvest().encode()
    yield "data/large/harvest.csv", _harvest(600).encode()
    for file in (_FOLDER / "scripts").glob("*.py"):
        yield f"scripts/{file.name}", file.read_bytes()
    for folder in (path for path in (_FOLDER / "scripts").iterdir() if path.is_dir()):
        yield f"scripts/{folder.name}/sourcedir.tar.gz", _tar(folder)
    for file in (path for path in (_FOLDER / "objects").rglob("*") if path.is_file()):
        yield file.relative_to(_FOLDER / "objects").as_posix(), file.read_bytes()


def _harvest(rows: int = 240) -> str:
    """Return lots of tea: origin, two measures of which one may be missing, and what depends on them."""
    random = np.random.default_rng(0)
    altitude, moisture = random.uniform(800, 2200, rows), random.uniform(8, 13, rows)
    origin = random.choice(["north", "south", "west"], rows)
    score = 60 + altitude / 100 - moisture + 3 * (origin == "west")
    lines = ["origin,altitude,moisture,score,exported"]
    for lot in range(rows):
        height = "" if lot % 40 == 0 else f"{altitude[lot]:.1f}"
        lines.append(f"{origin[lot]},{height},{moisture[lot]:.2f},{score[lot]:.2f},{int(score[lot] > 65)}")
    return "\n".join(lines) + "\n"


def _tar(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                archive.add(file, file.name)
    return buffer.getvalue()


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
