"""The script as the container runs it: a process with arguments and ``SM_*`` variables."""

from __future__ import annotations

import importlib.util
import os
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


@pytest.mark.parametrize("metric", ["train:error", "validation:error", "validation:auc", "validation:logloss"])
def test_each_metric_is_caught_once_by_the_images_regular_expression(finished_job, metric):
    _, log = finished_job
    form = rf".*\[[0-9]+\].*#011{metric.replace(':', '-')}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    (value,) = re.findall(form, log)
    assert 0 < float(value) < 1


def test_failure_states_its_reason_in_the_log_and_leaves_no_model(staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    (job / "input" / "data" / "validation" / "validation.csv").unlink()
    result = run_script(job)
    assert result.returncode == 1
    assert "validation holds no file" in result.stderr.splitlines()[-1]
    assert list((job / "model").iterdir()) == []


def run_toolkit(job: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a job under the toolkit of the XGBoost image, which reads ``input/config`` and installs and runs the code."""
    if importlib.util.find_spec("sagemaker_containers") is None and "REQUIRE_TOOLKIT" not in os.environ:
        pytest.skip("AWS's sagemaker-containers toolkit is in the environment of make test-container only")
    write_configuration(job)
    environment = contract_environment(job)
    environment = {name: value for name, value in environment.items() if not name.startswith("SM_")}
    environment |= {
        "SAGEMAKER_BASE_DIR": str(job),
        # The code's package is installed beside the job, with what is there: nothing is fetched.
        "PIP_TARGET": str(tmp_path / "installed"),
        "PIP_NO_BUILD_ISOLATION": "false",
        "PIP_NO_INDEX": "1",
    }
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("xgboost_toolkit.py"))],
        cwd=job,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_image_toolkit_gets_the_same_model(finished_job, staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    result = run_toolkit(job, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    reference, _ = finished_job
    assert (job / "model" / "xgboost-model").read_bytes() == (reference / "model" / "xgboost-model").read_bytes()


def test_image_toolkit_states_the_command_as_the_reason_and_leaves_the_scripts_words_to_the_log(staged_run, tmp_path):
    job = make_job_folder(tmp_path, staged_run.features)
    (job / "input" / "data" / "train" / "train.csv").write_text("label,swing\n1,0\n")
    result = run_toolkit(job, tmp_path)
    assert result.returncode != 0
    reason = (job / "output" / "failure").read_text()
    assert re.match(
        r'ExecuteUserScriptError:\nCommand ".*python\S* -m train --early_stopping_rounds 5 --eta 0.3', reason
    )
    assert "not headerless numeric CSV" not in reason
    assert "not headerless numeric CSV" in result.stdout + result.stderr
