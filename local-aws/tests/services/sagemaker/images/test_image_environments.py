"""Jobs get the library versions of the image they name, from a package index that is a folder of small wheels here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.python_environment import describe_interpreter, find_interpreter
from local_aws.services.sagemaker.images import environments
from local_aws.services.sagemaker.images.container_libraries import SCIKIT_LEARN, XGBOOST, find_libraries
from local_aws.services.sagemaker.images.environments import ImageEnvironments, SubstituteError
from local_aws.services.sagemaker.images.resolution import VARIABLE, Image, Images
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, ended, processing_request, put, running_sagemaker, tar_of
from tests.services.sagemaker.examples import training_request as request_of
from tests.services.sagemaker.wheels import wheel_of

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.23-1-cpu-py3"
_OWN_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
_PRINTS = "import sys, sklearn, pandas; print('has', sklearn.__version__, pandas.__version__, sys.version_info[:2])\n"
_SERVER_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_SKLEARN = (
    "__version__ = '0.23.2'\n"
    "class LogisticRegression:\n"
    "    def fit(self, rows, labels): return self\n"
    "    def predict(self, rows): return rows\n"
)
_FRAMES = "def DataFrame(rows, columns): return rows\n"
_PACKAGES: Mapping[str, tuple[str, str, str]] = {
    # module: its distribution, its version, its code
    "numpy": ("numpy", "1.19.2", "def array(rows): return rows\n"),
    "pandas": ("pandas", "1.1.3", _FRAMES),
    "scipy": ("scipy", "1.5.3", ""),
    "boto3": ("boto3", "1.33.0", ""),
    "requests": ("requests", "2.31.0", ""),
    "yaml": ("PyYAML", "6.0", ""),
    "pyarrow": ("pyarrow", "12.0.0", ""),
    "setuptools": ("setuptools", "65.0.0", ""),
    "uvicorn": ("uvicorn", "0.22.0", ""),
    "httptools": ("httptools", "0.6.0", ""),
    "werkzeug": ("werkzeug", "2.2.0", ""),
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip find packages in a folder only, which has what the image holds."""
    folder = tmp_path / "index"
    folder.mkdir()
    for module, (name, version, code) in _PACKAGES.items():
        code = f"__version__ = {version!r}\n{code}"
        (folder / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel_of(name, version, {f"{module}.py": code}))
    files = {"sklearn/__init__.py": _SKLEARN, "sklearn/linear_model.py": "from sklearn import LogisticRegression\n"}
    (folder / "scikit_learn-0.23.2-py3-none-any.whl").write_bytes(wheel_of("scikit-learn", "0.23.2", files))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def pythons(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let the machine have these Pythons beside the server's; none to begin with."""
    found: dict[str, str] = {}
    monkeypatch.setattr(environments, "find_interpreter", found.get)
    monkeypatch.setattr(environments, "_FAILURES", {})
    monkeypatch.setenv(VARIABLE, "own")
    return found


@pytest.fixture
def server(tmp_path: Path, index: Path, pythons: dict[str, str]) -> Iterator[RunningServer]:
    with running_sagemaker(tmp_path / "data") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


class Applied:
    """Applies environments to the command of a job, whose pip runs as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "environments"
        self.folder.mkdir()
        self.ran: list[Command] = []
        self._command = Command("job", ("python3", "-c", ""), folder, "group", "stream")

    def __call__(self, uri: str = _IMAGE, *, strict: bool = False) -> tuple[Image, Command]:
        image = Images(self.folder / "none", strict=strict, makes_environments=True).find(uri)
        return ImageEnvironments(self.folder).apply(image, self._command, self._run)

    def _run(self, command: Command) -> Outcome:
        self.ran.append(command)
        own = os.environ | {"TMPDIR": str(self.folder.parent)}  # an old pip leaves its certificates there
        ended = subprocess.run(command.arguments, env=own, capture_output=True, text=True, timeout=60, check=False)
        tail = tuple(f"{ended.stdout}{ended.stderr}".splitlines())
        return Outcome(ended.returncode, "finished", tail, 0.0)


@pytest.fixture
def applied(tmp_path: Path, index: Path, pythons: dict[str, str]) -> Applied:
    return Applied(tmp_path)


def _process(
    server: RunningServer, name: str, image: str = _IMAGE, script: str = _PRINTS
) -> tuple[dict[str, Any], str]:
    request = processing_request(server, name, script)
    request["AppSpecification"]["ImageUri"] = image
    server.client("sagemaker").create_processing_job(**request)
    job = ended(server, "processing_job", name)
    return job, (server.context.jobs.folder("processing-jobs", name) / "log.txt").read_text()


def _environments(server: RunningServer) -> list[str]:
    folder = server.context.settings.data_dir / "environments"
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def test_job_has_the_images_versions_and_the_next_one_shares_them(
    server: RunningServer, pythons: dict[str, str]
) -> None:
    pythons["3.7"] = sys.executable  # whichever it is: the wheels are for all

    first, first_log = _process(server, "first")
    second, second_log = _process(server, "second")

    assert "has 0.23.2 1.1.3" in first_log
    assert "environment with scikit-learn 0.23.2 is made for " + _IMAGE + ", once" in first_log
    assert "has 0.23.2 1.1.3" in second_log
    assert "is made" not in second_log
    assert "Collecting" not in second_log
    assert len(_environments(server)) == 1
    assert {job["ProcessingJobStatus"] for job in (first, second)} == {"Completed"}


def test_images_own_python_is_taken_where_it_is_installed(applied: Applied, pythons: dict[str, str]) -> None:
    python = find_interpreter("3.8") or find_interpreter("3.9")
    if python is None:
        pytest.skip("there is neither Python 3.8 nor 3.9 on this machine")
    pythons["3.8"] = python

    image, command = applied()

    version = describe_interpreter(python).version
    assert image.substitution == f"scikit-learn is 0.23.2; Python {version} stands for 3.7"
    assert command.interpreter == python


def test_another_python_has_the_version_and_what_differs_is_said(applied: Applied, index: Path) -> None:
    (index / "pandas-1.1.3-py3-none-any.whl").unlink()
    name = "pandas-1.5.3-py3-none-any.whl"
    (index / name).write_bytes(wheel_of("pandas", "1.5.3", {"pandas.py": f"__version__ = '1.5.3'\n{_FRAMES}"}))

    image, command = applied()

    said = f"scikit-learn is 0.23.2; Python {_SERVER_PYTHON} stands for 3.7, pandas 1.5.3 for 1.1.3"
    assert image.substitution == said
    assert command.notes == (f"{said}: the environment {command.beneath[0].name} of {_IMAGE}",)


def test_version_that_is_not_to_be_had_is_substituted_with_the_reason(applied: Applied, index: Path) -> None:
    (index / "scikit_learn-0.23.2-py3-none-any.whl").unlink()

    image, command = applied()

    reason = f"(the package index has no scikit-learn==0.23.2 for Python {_SERVER_PYTHON})"
    assert image.substitution.endswith(f"stands for 0.23 {reason}")
    assert command.notes[-1].endswith(f"stands for 0.23 {reason} of {_IMAGE}")
    assert (command.interpreter, command.beneath) == (sys.executable, ())
    assert list(applied.folder.iterdir()) == []
    ran = len(applied.ran)
    assert applied()[0].substitution == image.substitution
    assert len(applied.ran) == ran, "it is not tried again at once"
    with pytest.raises(SubstituteError, match=r"the package index has no scikit-learn==0.23.2 .*--strict-images"):
        applied(strict=True)


def test_library_that_does_not_work_is_substituted(applied: Applied, index: Path) -> None:
    broken = {"sklearn/__init__.py": "import nothing_of_this_name\n"}
    (index / "scikit_learn-0.23.2-py3-none-any.whl").write_bytes(wheel_of("scikit-learn", "0.23.2", broken))

    image, _ = applied()

    assert f"scikit-learn 0.23.2 does not work on Python {_SERVER_PYTHON}: ModuleNotFoundError" in image.substitution
    assert list(applied.folder.iterdir()) == []


def test_index_out_of_reach_is_said_and_no_other_python_is_tried(
    applied: Applied, pythons: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    pythons["3.7"] = sys.executable

    image, _ = applied()

    assert image.substitution.endswith("(no package index can be reached)")
    assert len(applied.ran) == 1


def test_image_of_the_installed_versions_needs_no_environment(applied: Applied) -> None:
    image, command = applied(_OWN_IMAGE)
    assert (image.substitution, command.beneath, applied.ran) == ("", (), [])


def test_requirements_of_a_script_lie_on_the_images_versions(server: RunningServer) -> None:
    wheel = "tidings-2.0-py3-none-any.whl"
    files = {
        "train.py": b"import tidings, sklearn; print('has', sklearn.__version__)\n",
        "requirements.txt": f"./{wheel}\n".encode(),
        wheel: wheel_of("tidings", "2.0", {"tidings.py": ""}),
    }
    request = request_of(server, "both", "")
    put(server, "code/both/sourcedir.tar.gz", tar_of(files))
    request["AlgorithmSpecification"]["TrainingImage"] = _IMAGE
    server.client("sagemaker").create_training_job(**request)

    job = ended(server, "training_job", "both")

    log = (server.context.jobs.folder("training-jobs", "both") / "log.txt").read_text()
    assert job["TrainingJobStatus"] == "Completed", log
    assert "has 0.23.2" in log
    said = job["SecondaryStatusTransitions"][0]["StatusMessage"]
    assert f"scikit-learn is 0.23.2; Python {_SERVER_PYTHON} stands for 3.7 of {_IMAGE}" in said


def test_nothing_is_installed_where_the_server_is_told_so(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = Images(Path("none"), makes_environments=False)
    assert images.find(_IMAGE).libraries is None
    with pytest.raises(AwsError, match="--strict-images"):
        Images(Path("none"), strict=True).find(_IMAGE)


@pytest.mark.parametrize(
    ("library", "version", "exact", "python"),
    [
        (XGBOOST, "1.0", "1.0.0", "3.7"),
        (XGBOOST, "1.7", "1.7.4", "3.9"),
        (SCIKIT_LEARN, "0.23", "0.23.2", "3.7"),
        (SCIKIT_LEARN, "1.2", "1.2.1", "3.9"),
    ],
)
def test_table_has_what_the_containers_hold(library: str, version: str, exact: str, python: str) -> None:
    libraries = find_libraries(library, version)
    assert libraries is not None
    assert (libraries.python, libraries.pythons[0]) == (python, python)
    assert f"{library}=={exact}\n" in libraries.requirements(exact=True)
    assert find_libraries(library, "9.9") is None


def test_no_container_is_known_to_hold_what_this_distribution_brings() -> None:
    assert find_libraries(XGBOOST, "3.2") is None
    assert find_libraries(SCIKIT_LEARN, "1.9") is None
