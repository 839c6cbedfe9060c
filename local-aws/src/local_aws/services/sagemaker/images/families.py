"""The families of images that AWS publishes: how each is recognised, and what stands for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from local_aws.services.sagemaker.images.registries import (
    ALGORITHMS,
    BASE_PYTHON,
    CLARIFY,
    DEEP_LEARNING,
    MODEL_MONITOR,
)
from local_aws.services.sagemaker.images.versions import numbers, same_version

if TYPE_CHECKING:
    from local_aws.services.sagemaker.images.versions import Version

Framework: TypeAlias = Literal["xgboost", "autogluon", "scikit-learn", "pytorch"]

PYTHON = "Python"
"""The library of images that bring nothing but an interpreter."""

_DEEP_LEARNING_TAG = re.compile(r"(?P<version>\d+\.\d+(\.\d+)?)-(cpu|gpu)-py\d+(-[\w.-]+)?")
_CPU_TAG = re.compile(r"(?P<version>\d+\.\d+(\.\d+)?)-cpu-py\d+(-[\w.-]+)?")
_TRANSFORMERS_TAG = re.compile(r"\d+(\.\d+)+-transformers(?P<version>\d+\.\d+(\.\d+)?)-(cpu|gpu)-py\d+(-[\w.-]+)?")


@dataclass(frozen=True)
class Family:
    """Images that differ in their versions only."""

    name: str
    repository: re.Pattern[str]
    tag: re.Pattern[str]
    """The names that belong to it; the group ``version`` of either is the version of its library."""
    accounts: Mapping[str, str]
    """The account of AWS that holds its repository, by region."""
    library: str
    """The distribution whose version counts, as the package index names it."""
    example: str
    """A repository and tag, for messages."""
    versions: tuple[str, ...] = ()
    """Those that AWS has published, up to the last; later ones are taken as they come, and all where there are none."""
    toolkit: Literal["module", "program"] = "program"
    """How the image runs a user's training script; see `local_aws.services.sagemaker.jobs.script_mode`."""
    algorithm: bool = False
    """Whether the image trains without a script, by an algorithm of its own."""
    last_pickled: Version = field(default=())
    """The last version whose algorithm writes its model as a pickle."""
    framework: Framework | None = None
    """How its models are served; None if they are not."""
    exact: bool = False
    """Whether no other version can stand for one, because models are pickled objects of the library."""
    program: tuple[str, ...] = ()
    """What the image runs where a job names no entry point: a module of local_aws that does the image's work."""

    def publishes(self, version: str, installed: str) -> bool:
        """Return whether AWS has an image of a version, as far as is known here."""
        if not self.versions or version in self.versions:
            return True
        return numbers(version) > max(map(numbers, self.versions)) or same_version(version, installed)


MONITOR = Family(
    name="Model Monitor",
    repository=re.compile("sagemaker-model-monitor-analyzer"),
    tag=re.compile("(?P<version>)(latest)?"),
    accounts=MODEL_MONITOR,
    library="numpy",
    example="sagemaker-model-monitor-analyzer",
    program=(
        *("python3", "-m", "local_aws.services.sagemaker.model_monitor"),
        *("--message", "/opt/ml/output/message"),
    ),
)
FAMILIES = (
    Family(
        name="XGBoost",
        repository=re.compile("sagemaker-xgboost"),
        tag=re.compile(r"(?P<version>\d+\.\d+)-\d+(-cpu-py3)?"),
        accounts=ALGORITHMS,
        library="xgboost",
        example="sagemaker-xgboost:1.7-1",
        versions=("0.90", "1.0", "1.2", "1.3", "1.5", "1.7", "3.0", "3.2"),
        toolkit="module",
        algorithm=True,
        last_pickled=(1, 2),
        framework="xgboost",
    ),
    Family(
        name="scikit-learn",
        repository=re.compile("sagemaker-scikit-learn"),
        tag=re.compile(r"(?P<version>\d+\.\d+)[.-]\d+(-py312)?(-cpu-py3)?"),
        accounts=ALGORITHMS,
        library="scikit-learn",
        example="sagemaker-scikit-learn:1.2-1-cpu-py3",
        versions=("0.20", "0.23", "1.0", "1.2", "1.4", "1.9"),
        framework="scikit-learn",
    ),
    Family(
        name="base Python",
        repository=re.compile(r"sagemaker-base-python-(?P<version>3\d+)"),
        tag=re.compile(r"1\.0"),
        accounts=BASE_PYTHON,
        library=PYTHON,
        example="sagemaker-base-python-310:1.0",
    ),
    Family(
        name="AutoGluon training",
        repository=re.compile("autogluon-training"),
        tag=_DEEP_LEARNING_TAG,
        accounts=DEEP_LEARNING,
        library="autogluon.tabular",
        example="autogluon-training:1.5.0-cpu-py311-ubuntu22.04",
    ),
    Family(
        name="AutoGluon inference",
        repository=re.compile("autogluon-inference"),
        tag=_CPU_TAG,
        accounts=DEEP_LEARNING,
        library="autogluon.tabular",
        example="autogluon-inference:1.5.0-cpu-py311-ubuntu22.04",
        framework="autogluon",
        exact=True,
    ),
    Family(
        name="PyTorch inference",
        repository=re.compile("pytorch-inference"),
        tag=_DEEP_LEARNING_TAG,
        accounts=DEEP_LEARNING,
        library="torch",
        example="pytorch-inference:2.6.0-cpu-py312",
        framework="pytorch",
    ),
    Family(
        name="PyTorch training",
        repository=re.compile("pytorch-training"),
        tag=_DEEP_LEARNING_TAG,
        accounts=DEEP_LEARNING,
        library="torch",
        example="pytorch-training:2.6.0-cpu-py312",
    ),
    Family(
        name="TensorFlow",
        repository=re.compile("tensorflow-(training|inference)"),
        tag=_DEEP_LEARNING_TAG,
        accounts=DEEP_LEARNING,
        library="tensorflow",
        example="tensorflow-training:2.19.0-cpu-py312",
    ),
    Family(
        name="Hugging Face",
        repository=re.compile("huggingface-pytorch-(training|inference)"),
        tag=_TRANSFORMERS_TAG,
        accounts=DEEP_LEARNING,
        library="transformers",
        example="huggingface-pytorch-training:2.1.0-transformers4.36.0-gpu-py310-cu121-ubuntu20.04",
    ),
    MONITOR,
    Family(
        name="Clarify",
        repository=re.compile("sagemaker-clarify-processing"),
        tag=re.compile(r"(?P<version>)1\.0"),
        accounts=CLARIFY,
        library="numpy",
        example="sagemaker-clarify-processing:1.0",
        program=(
            *("python3", "-m", "local_aws.services.sagemaker.clarify"),
            *("--job", "/opt/ml/config/processingjobconfig.json", "--message", "/opt/ml/output/message"),
        ),
    ),
)
