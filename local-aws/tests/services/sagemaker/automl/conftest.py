"""A server with SageMaker, and a job that has found three candidates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_aws.services import sagemaker
from local_aws.services.sagemaker.automl.progress import Stage, progress_in
from tests.conftest import RunningServer, running
from tests.services.sagemaker.automl.examples import BUCKET, channel, describe, job_request, put, table
from tests.waiting import wait_until


@dataclass(frozen=True)
class FinishedJob:
    """A job that has completed.

    Parameters
    ----------
    description
        Its description.
    statuses
        The statuses that were seen on the way; a short one may be missed.
    stages
        The stages that its search has told of, from its log.
    """

    description: dict[str, Any]
    statuses: list[tuple[str, str]]
    stages: list[str]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with SageMaker and a bucket with training data."""
    with running(tmp_path_factory.mktemp("data"), (sagemaker.build,)) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        put(server, "training/table.csv", table())
        yield server


@pytest.fixture(scope="package")
def job(server: RunningServer) -> FinishedJob:
    """A job that trains two base models and an ensemble of them, from two files."""
    half = table().splitlines(keepends=True)
    put(server, "halves/a.csv", "".join(half[:300]))
    put(server, "halves/b.csv", "".join([half[0], *half[300:]]))
    request = job_request("finished", f"s3://{BUCKET}/halves/", Tags=[{"Key": "a", "Value": "b"}])
    request["InputDataConfig"] = [channel(f"s3://{BUCKET}/halves/", ContentType="text/csv;header=present")]
    server.client("sagemaker").create_auto_ml_job(**request)
    statuses: list[tuple[str, str]] = []

    def look() -> dict[str, Any] | None:
        description = describe(server, "finished")
        status = (description["AutoMLJobStatus"], description["AutoMLJobSecondaryStatus"])
        if status not in statuses:
            statuses.append(status)
        return description if status[0] not in ("InProgress", "Stopping") else None

    description = wait_until(look)
    log = server.context.settings.data_dir / "jobs" / "automl-jobs" / "finished" / "log.txt"
    told = map(progress_in, log.read_text().splitlines())
    return FinishedJob(description, statuses, [stage.status for stage in told if isinstance(stage, Stage)])
