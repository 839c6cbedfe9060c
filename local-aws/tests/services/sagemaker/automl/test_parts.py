"""The parts of AutoML jobs that need no search."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Records
from local_aws.services.sagemaker.automl.algorithms import ALGORITHMS, PORTFOLIO, select
from local_aws.services.sagemaker.automl.archives import remember_archive, require_own_archive
from local_aws.services.sagemaker.automl.candidates import best_of
from local_aws.services.sagemaker.automl.containers import (
    check_environment,
    inference_environment,
    inference_image,
    outputs,
)
from local_aws.services.sagemaker.automl.progress import Dropped, Ended, Progress, Stage, Trained, progress_in, report
from local_aws.services.sagemaker.images.resolution import Images
from local_aws.services.sagemaker.pipelines.step_type import resource_name

_VERSION = metadata.version("autogluon.tabular")


@pytest.mark.parametrize(
    ("limit", "recipes", "ensembles", "cut"),
    [(1, 1, False, True), (2, 2, False, True), (3, 2, True, True), (9, 8, True, False), (750, 8, True, False)],
)
def test_the_ensemble_counts_as_a_candidate(limit: int, recipes: int, ensembles: bool, cut: bool) -> None:
    selection = select(None, limit)

    assert selection.recipes == PORTFOLIO[:recipes]
    assert (selection.ensembles, selection.cut) == (ensembles, cut)


def test_one_model_makes_no_ensemble() -> None:
    selection = select(("linear-learner",), None)

    assert [recipe.family for recipe in selection.recipes] == ["LR"]
    assert (selection.ensembles, selection.cut) == (False, False)
    assert set(ALGORITHMS) == {"lightgbm", "linear-learner", "xgboost", "randomforest", "extra-trees"}


@pytest.mark.parametrize(
    "progress",
    [
        Stage("TrainingModels"),
        Trained("a-t1", "a", {"AUC": 0.1 + 0.2}, 1.5, 2.5),
        Dropped("a: with \n a line"),
        Ended("out-of-time"),
    ],
)
def test_what_is_told_is_understood(progress: Progress, capsys: pytest.CaptureFixture[str]) -> None:
    report(progress)

    (line,) = capsys.readouterr().out.splitlines()
    assert progress_in(line) == progress


@pytest.mark.parametrize("line", ["", "fitting @automl {}", '@automl {"kind": "Stag'])
def test_other_lines_tell_nothing(line: str) -> None:
    assert progress_in(line) is None


def test_the_server_loads_no_library_of_the_search() -> None:
    heavy = ("autogluon", "sklearn", "pandas")
    imported = "import sys, local_aws.services.sagemaker.automl.jobs"
    code = f"{imported}; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_equal_objectives_are_decided_by_log_loss() -> None:
    one, two, three = (
        Trained(name, name, {"AUC": auc, "LogLoss": loss}, 0, 1)
        for name, auc, loss in (("one", 0.8, 0.5), ("two", 0.8, 0.4), ("three", 0.7, 0.1))
    )

    assert best_of([one, two, three], "AUC") is two
    assert best_of([one, one], "AUC") is one


def test_archives_are_known_by_their_content(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.sqlite")
    own, copy, other = (tmp_path / name for name in ("own", "copy", "other"))
    own.write_bytes(b"model")
    copy.write_bytes(b"model")
    other.write_bytes(b"model!")
    remember_archive(records, own, "job", "candidate")

    require_own_archive(records, copy, "s3://bucket/copy")
    with pytest.raises(AwsError, match="s3://bucket/other was not made by an AutoML job of this server"):
        require_own_archive(records, other, "s3://bucket/other")


def test_the_image_is_that_of_the_installed_version(tmp_path: Path) -> None:
    images = Images(tmp_path / "images.txt")
    family = images.find(inference_image(_VERSION, "eu-west-1")).family
    assert family is not None
    assert family.framework == "autogluon"
    for uri in (
        inference_image("1.0.0", "eu-west-1"),
        inference_image(_VERSION, "eu-west-1").replace("-cpu-", "-gpu-"),
    ):
        with pytest.raises(AwsError, match="is not available here"):
            images.find(uri)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"MODEL_NAME": ""}, "MODEL_NAME is required"),
        ({"SAGEMAKER_PROGRAM": "mine.py"}, "SAGEMAKER_PROGRAM='mine.py'"),
        ({"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,score"}, "'score'; choose from predicted_label"),
    ],
)
def test_variables_that_the_server_does_not_act_on_are_refused(variables: dict[str, str], words: str) -> None:
    environment = inference_environment("WeightedEnsemble_L2")
    check_environment(environment)

    with pytest.raises(AwsError, match=words):
        check_environment({**environment, **variables})


def test_answers_hold_what_was_chosen() -> None:
    environment = inference_environment("LinearModel_BAG_L1")

    assert outputs(environment) == ("predicted_label",)
    assert outputs({"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, probability"}) == ("predicted_label", "probability")


@pytest.mark.parametrize("prefix", [None, "AutoMLJobPrefix"])
def test_names_of_jobs_in_pipelines_have_32_characters(prefix: str | None) -> None:
    name = resource_name("abcdefghijkl", "Find_AutoML", prefix, longest=32)

    assert len(name) == 32
    assert name.startswith("Find-Aut-abcdefghijkl-" if prefix is None else "AutoMLJo-abcdefghijkl-")
