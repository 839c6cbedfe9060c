"""Jobs that use more than they may fail as a container that is killed."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from local_aws.kernel.limits import MB
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import ended, processing_request

_FILL = """
import os, time
for name in "ab":
    with open(name, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 600 * 2**20)
time.sleep(50)
"""


def test_processing_job_past_its_memory_fails(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = server.context.jobs
    monkeypatch.setattr(jobs, "limits", dataclasses.replace(jobs.limits, job_memory=300 * MB))
    request = processing_request(server, "hungry", "x = bytearray(500 * 10**6); import time; time.sleep(50)")
    server.client("sagemaker").create_processing_job(**request)

    job = ended(server, "processing_job", "hungry")

    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: OutOfMemory: the job's processes use ")
    assert "its limit is 300 MB (LOCAL_AWS_JOB_MEMORY_MB" in job["FailureReason"]
    assert "exit code: 137" in job["FailureReason"]


@pytest.mark.skipif(sys.platform != "linux", reason="posix_fallocate is Linux's")
def test_volume_bounds_the_folder(server: RunningServer) -> None:
    request = processing_request(server, "bulky", _FILL)
    request["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 1
    server.client("sagemaker").create_processing_job(**request)

    job = ended(server, "processing_job", "bulky")
    for name in "ab":
        (server.context.jobs.folder("processing-jobs", "bulky") / "container" / name).unlink(missing_ok=True)

    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: No space left on device: the job's folder holds 12")
    assert "its limit is 1024 MB" in job["FailureReason"]
