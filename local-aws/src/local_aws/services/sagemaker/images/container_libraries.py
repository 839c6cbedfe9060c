"""What the XGBoost and scikit-learn containers of each version hold, as a package index has it.

Source: ``requirements.txt`` and ``docker/*/base/Dockerfile.cpu`` at the heads of the versions' branches of
``aws/sagemaker-xgboost-container`` (0.90-2 to 1.7-1; tag v3.0-5) and ``aws/sagemaker-scikit-learn-container`` (0.20.0
to 1.2-1, v1.4-2). The tags are the first builds: an image is built again under its own name, on later Pythons too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

XGBOOST = "xgboost"
SCIKIT_LEARN = "scikit-learn"


@dataclass(frozen=True)
class ContainerLibraries:
    """The libraries of a container."""

    library: str
    version: str
    """The version of the library that the image is named for."""
    python: str
    """The container's Python."""
    pins: tuple[str, ...]
    """The container's versions of the libraries that scripts use beside it."""
    pythons: tuple[str, ...]
    """The Pythons for which the index has all of the pins built, the container's first if it is among them."""
    bounds: tuple[str, ...]
    """What stands for the pins on other Pythons: versions that the library works with."""

    @property
    def requirement(self) -> str:
        """What asks the index for the library; XGBoost's without what a GPU needs, where there is such a one."""
        if self.library == XGBOOST and self.version.startswith("3."):
            linux = "sys_platform == 'linux' and platform_machine == 'x86_64'"
            return f"xgboost-cpu=={self.version}; {linux}\nxgboost=={self.version}; not ({linux})"
        return f"{self.library}=={self.version}"

    def requirements(self, *, exact: bool) -> str:
        """Return the text of a requirements file: with the container's own versions, or with what stands for them."""
        others = self.pins if exact else self.bounds
        plots = ("matplotlib",) if self.library == XGBOOST else ()
        return "".join(f"{line}\n" for line in (self.requirement, *others, *plots, *_TOOLS))


_TOOLS = ("boto3", "requests", "PyYAML", "pyarrow", "setuptools<70", "uvicorn", "httptools", "werkzeug")
"""What containers bring too, and what local_aws's programs take that stand for theirs."""
_SINCE_3_12 = "python_version >= '3.12'"
_BEFORE_3_12 = "python_version < '3.12'"
_OLD_BOUNDS = (
    *(f"numpy<1.24; {_BEFORE_3_12}", f"numpy<2; {_SINCE_3_12}"),
    *(f"pandas<2; {_BEFORE_3_12}", f"pandas<2.2; {_SINCE_3_12}"),
    "scipy<1.12",
)
_XGBOOST_BOUNDS = (*_OLD_BOUNDS, f"scikit-learn<1.3; {_BEFORE_3_12}", f"scikit-learn<1.5; {_SINCE_3_12}")
_2_0_BOUNDS = ("numpy<2.5", "pandas<3", "scipy")


def _pins(numpy: str, pandas: str, scipy: str, scikit_learn: str | None = None) -> tuple[str, ...]:
    others = (f"numpy=={numpy}", f"pandas=={pandas}", f"scipy{scipy}")
    return others if scikit_learn is None else (*others, f"scikit-learn=={scikit_learn}")


_CONTAINERS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    # library, version, Python, (numpy, pandas, scipy, scikit-learn), Pythons that all are built for, bounds elsewhere
    (XGBOOST, "0.90", "3.6", _pins("1.18.4", "1.0.4", "<1.6", "0.23.1"), ("3.7", "3.8"), _XGBOOST_BOUNDS),
    (XGBOOST, "1.0.0", "3.7", _pins("1.21.6", "1.1.3", "==1.2.2", "0.24.1"), ("3.7",), _XGBOOST_BOUNDS),
    (XGBOOST, "1.2.0", "3.7", _pins("1.21.6", "1.1.3", "==1.5.3", "0.23.2"), ("3.7", "3.8"), _XGBOOST_BOUNDS),
    (XGBOOST, "1.3.3", "3.7", _pins("1.21.6", "1.2.4", "==1.6.2", "0.24.1"), ("3.7", "3.8", "3.9"), _XGBOOST_BOUNDS),
    (XGBOOST, "1.5.2", "3.8", _pins("1.24.4", "1.5.3", "==1.8.0", "0.24.1"), ("3.8", "3.9"), _XGBOOST_BOUNDS),
    (XGBOOST, "1.7.4", "3.9", _pins("1.24.1", "1.2.4", "==1.8.0", "0.24.1"), ("3.9", "3.8"), _XGBOOST_BOUNDS),
    (
        XGBOOST,
        "3.0.5",
        "3.10",
        _pins("2.1.0", "2.2.3", "==1.15.0", "1.5.2"),
        ("3.10", "3.11", "3.12", "3.13"),
        (*_2_0_BOUNDS, "scikit-learn<1.8"),
    ),
    (SCIKIT_LEARN, "0.20.0", "3.7", _pins("1.19.5", "0.25.3", "<1.6"), ("3.7",), _OLD_BOUNDS),
    (SCIKIT_LEARN, "0.23.2", "3.7", _pins("1.19.2", "1.1.3", "==1.5.3"), ("3.7", "3.8"), _OLD_BOUNDS),
    (SCIKIT_LEARN, "1.0.2", "3.8", _pins("1.24.1", "1.1.3", "==1.8.0"), ("3.8", "3.9"), _OLD_BOUNDS),
    (SCIKIT_LEARN, "1.2.1", "3.9", _pins("1.24.1", "1.1.3", "==1.8.0"), ("3.9", "3.8"), _OLD_BOUNDS),
    (SCIKIT_LEARN, "1.4.2", "3.10", _pins("2.1.0", "2.3.2", ">=1.9"), ("3.10", "3.11", "3.12"), _2_0_BOUNDS),
)
_BY_IMAGE: Mapping[tuple[str, str], ContainerLibraries] = {
    (row[0], ".".join(row[1].split(".")[:2])): ContainerLibraries(*row) for row in _CONTAINERS
}


def find_libraries(library: str, version: str) -> ContainerLibraries | None:
    """Return what the container holds whose image is of a version such as ``1.0``; None if it is not known."""
    return _BY_IMAGE.get((library, version))
