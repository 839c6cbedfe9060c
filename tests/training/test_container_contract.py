"""The script as the container runs it: a process with arguments and ``SM_*`` variables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.container import (
    contract_environment,
    hyperparameter_arguments,
    make_job_folder,
    unpack_code,
    write_configuration,
)


def run_script(job: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(unpack_code(job / "unpacked")), *hyperparameter_arguments(), *arguments],
        cwd=job,
        env=contract_environment(job),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def finished_job(staged_run, tmp_path_factory) -> tuple[Path, str]:
    job = make_job_folder(tmp_path_factory.mktemp("job"), staged_run.features)
    result = run_script(job)
    assert result.returncode == 0, result.stderr
    return job, result.stdout


def test_the_model_folder_holds_the_model_and_nothing_else(finished_job):
    job, _ = finished_job
    assert [file.name for file in (job / "model").rglob("*")] == ["xgboost-model"]
    assert not (job / "output" / "failure").exists()


@pytest.mark.parametrize("metric", ["train:error", "validation:error", "validation:auc", "validation:logloss"])
def test_each_metric_is_caught_once_by_its_regular_expression(finished_job, metric):
    _, log = finished_job
    (value,) = re.findall(rf"{metric}=([0-9.]+)", log)
    assert 0 < float(value) < 1


def test_a_failure_leaves_its_reason_and_no_model(staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    (job / "input" / "data" / "validation" / "validation.csv").unlink()
    result = run_script(job)
    assert result.returncode == 1
    assert "validation holds no file" in (job / "output" / "failure").read_text()
    assert list((job / "model").iterdir()) == []


def run_toolkit(job: Path) -> subprocess.CompletedProcess[str]:
    """Run a job under AWS's training toolkit, which reads ``input/config`` and starts the script itself."""
    pytest.importorskip(
        "sagemaker_training",
        reason="AWS's sagemaker-training toolkit is not installed (it needs Linux and a C compiler to build)",
    )
    write_configuration(job)
    environment = contract_environment(job)
    environment = {name: value for name, value in environment.items() if not name.startswith("SM_")}
    return subprocess.run(
        [sys.executable, "-m", "sagemaker_training.cli.train"],
        cwd=job,
        env=environment | {"SAGEMAKER_BASE_DIR": str(job)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_awss_own_toolkit_gets_the_same_model(finished_job, staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    result = run_toolkit(job)
    assert result.returncode == 0, result.stdout + result.stderr
    reference, _ = finished_job
    assert (job / "model" / "xgboost-model").read_bytes() == (reference / "model" / "xgboost-model").read_bytes()


def test_awss_own_toolkit_keeps_the_reason_of_a_failure(staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    (job / "input" / "data" / "train" / "train.csv").write_text("label,swing\n1,0\n")
    result = run_toolkit(job)
    assert result.returncode != 0
    assert "not headerless numeric CSV" in (job / "output" / "failure").read_text()
