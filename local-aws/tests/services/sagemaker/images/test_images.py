"""What stands for an image: AWS's families in their registries, substitutes, and images of the user's own."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import xgboost

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.images.families import FAMILIES, MONITOR
from local_aws.services.sagemaker.images.registries import (
    ALGORITHMS,
    BASE_PYTHON,
    CLARIFY,
    DEEP_LEARNING,
    MODEL_MONITOR,
)
from local_aws.services.sagemaker.images.resolution import Images
from local_aws.services.sagemaker.images.versions import numbers

_XGBOOST = xgboost.__version__
_SCIKIT_LEARN = metadata.version("scikit-learn")
_VERSION = ".".join(_XGBOOST.split(".")[:2])
_ALGORITHM = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
_BASE = "081325390199.dkr.ecr.us-east-1.amazonaws.com"
_LEARNING = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
_OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    return tmp_path / "images.txt"


@pytest.fixture
def images(own_file: Path) -> Images:
    return Images(own_file)


@pytest.mark.parametrize(
    "uri",
    [
        f"{_ALGORITHM}/sagemaker-xgboost:{_VERSION}-0",
        f"{_ALGORITHM}/sagemaker-xgboost:{_VERSION}-1-cpu-py3",
        f"450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:{_VERSION}-0",
        f"833128469047.dkr.ecr.us-iso-east-1.c2s.ic.gov/sagemaker-xgboost:{_VERSION}-0",
    ],
)
def test_image_of_the_installed_version_is_itself(images: Images, uri: str) -> None:
    image = images.find(uri)
    assert (image.substitution, image.interpreter, image.pickles) == ("", sys.executable, False)


@pytest.mark.parametrize(
    ("uri", "substitution"),
    [
        (f"{_ALGORITHM}/sagemaker-xgboost:1.0-1-cpu-py3", f"xgboost {_XGBOOST} stands for 1.0"),
        (f"{_ALGORITHM}/sagemaker-xgboost:1.7-1", f"xgboost {_XGBOOST} stands for 1.7"),
        (f"{_ALGORITHM}/sagemaker-scikit-learn:0.20.0-cpu-py3", f"scikit-learn {_SCIKIT_LEARN} stands for 0.20"),
        (f"{_ALGORITHM}/sagemaker-scikit-learn:1.4-2-py312-cpu-py3", f"scikit-learn {_SCIKIT_LEARN} stands for 1.4"),
        (f"{_BASE}/sagemaker-base-python-38:1.0", f"Python {platform.python_version()} stands for 3.8"),
    ],
)
def test_another_version_stands_for_an_image_and_says_so(
    images: Images, own_file: Path, uri: str, substitution: str
) -> None:
    assert images.find(uri).substitution == substitution
    with pytest.raises(AwsError, match=f"{substitution}, and the server runs with --strict-images"):
        Images(own_file, strict=True).find(uri)


@pytest.mark.parametrize(
    ("tag", "pickles"), [("0.90-2-cpu-py3", True), ("1.2-2", True), ("1.3-1", False), (f"{_VERSION}-0", False)]
)
def test_xgboost_pickles_models_up_to_1_2(images: Images, tag: str, pickles: bool) -> None:
    assert images.find(f"{_ALGORITHM}/sagemaker-xgboost:{tag}").pickles is pickles


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (f"{_ALGORITHM}/sagemaker-xgboost:0.1-0", "AWS publishes no XGBoost 0.1"),
        (f"{_ALGORITHM}/sagemaker-xgboost:latest", "its tag is not one of XGBoost's, such as sagemaker-xgboost:"),
        (f"{_ALGORITHM}/kmeans:1", "images of AWS's are available such as sagemaker-xgboost:1.7-1, sagemaker-scikit"),
        (f"{_ALGORITHM}/sagemaker-xgboost", "its tag is not one of XGBoost's, such as sagemaker-xgboost:"),
        ("sagemaker-xgboost:3.2-0", "it is not the URI of an image in ECR"),
        (
            f"123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{_VERSION}-0",
            "Cannot find repository: sagemaker-xgboost in registry ID: 123456789012; .* us-east-1 is 683313688378",
        ),
        (
            f"683313688378.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:{_VERSION}-0",
            "registry of scikit-learn images in eu-west-1 is 141502667606",
        ),
    ],
)
def test_other_image_is_refused_with_how_to_add_it(images: Images, own_file: Path, uri: str, words: str) -> None:
    with pytest.raises(AwsError, match=f"image '{uri}' is not available here: .*{words}") as caught:
        images.find(uri)
    assert f"add the line '{uri} python' to {own_file}" in caught.value.message


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_image_whose_library_is_missing_is_refused(images: Images) -> None:
    with pytest.raises(AwsError, match="torch is not installed"):
        images.find(f"{_LEARNING}/pytorch-training:2.6.0-cpu-py312-ubuntu22.04-sagemaker")


def test_line_adds_an_image_at_once(images: Images, own_file: Path) -> None:
    with pytest.raises(AwsError):
        images.find(_OWN)
    own_file.write_text(f"# ours\n\n{_OWN} python\n")

    image = images.find(_OWN)

    assert (image.family, image.interpreter, image.command) == (None, sys.executable, ())


def test_line_names_another_python_and_a_command(images: Images, own_file: Path) -> None:
    own_file.write_text("*/mine:*  /bin/sh  python3 '/srv/my code/train.py'\n")

    image = images.find(_OWN)

    assert (image.interpreter, image.command) == ("/bin/sh", ("python3", "/srv/my code/train.py"))


def test_line_lets_a_copy_stand_for_an_image_of_awss(images: Images, own_file: Path) -> None:
    own_file.write_text(f"{_OWN} sagemaker-xgboost:1.2-1\n")

    image = images.find(_OWN)

    assert (image.family, image.version, image.pickles) == (FAMILIES[0], "1.2", True)
    assert image.notes == (f"xgboost {_XGBOOST} stands for 1.2 of {_OWN}",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (_OWN, "line 2 of .*: the Python for the image is missing"),
        (f"{_OWN} /nowhere/python", "'/nowhere/python' must be 'python', the path of a Python"),
        (f"{_OWN} 'python", "No closing quotation"),
        (f"{_OWN} kmeans:1", "image '.*mine:1' is not available here"),
    ],
)
def test_line_that_is_not_understood_is_named(images: Images, own_file: Path, line: str, words: str) -> None:
    own_file.write_text(f"# mine\n{line}\n")
    with pytest.raises(AwsError, match=words):
        images.find(_OWN)


def _sdk_versions(framework: str) -> dict[str, Any]:
    import sagemaker.core

    folder = Path(next(iter(sagemaker.core.__path__)), "image_uri_config")
    config = json.loads((folder / f"{framework}.json").read_text())
    return config.get("training", config.get("processing", config))["versions"]


@pytest.mark.skipif(find_spec("sagemaker") is None, reason="the SageMaker SDK is the referee")
def test_registries_and_versions_are_those_of_the_sdk() -> None:
    for framework, family, accounts in (
        ("xgboost", FAMILIES[0], ALGORITHMS),
        ("sklearn", FAMILIES[1], ALGORITHMS),
        ("sagemaker-base-python", FAMILIES[2], BASE_PYTHON),
        ("pytorch", FAMILIES[5], DEEP_LEARNING),
        ("model-monitor", MONITOR, MODEL_MONITOR),
        ("clarify", FAMILIES[-1], CLARIFY),
    ):
        versions = _sdk_versions(framework)
        newest = max(versions, key=lambda version: numbers(version.replace("-", ".")))
        assert versions[newest]["registries"] == accounts, framework
        published = {version.replace("-", ".") for version, entry in versions.items() if "sagemaker" in str(entry)}
        if family.versions:
            assert {".".join(version.split(".")[:2]) for version in published} == set(family.versions)
