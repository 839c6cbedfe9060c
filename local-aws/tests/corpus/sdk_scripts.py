"""The scripts that SDK 3 uploads beside a definition, taken from the SDK that is installed.

Without it there are none: jobs that need them fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_INSTALLER = "core/utils/install_requirements.py"
_CODE_FOLDER = "/opt/ml/input/data/code"


def of_functions() -> Iterator[tuple[str, bytes]]:
    """Return the scripts by which a job runs a function, by name."""
    if (folder := _folder()) is None:
        return
    texts = _texts(folder / "core/remote_function/job.py")
    yield texts["ENTRYPOINT_SCRIPT_NAME"], texts["ENTRYPOINT_SCRIPT"].encode()
    for file in (folder / "core/remote_function/runtime_environment").glob("[a-z]*.py"):
        yield file.name, file.read_bytes()


def of_training() -> Iterator[tuple[str, bytes]]:
    """Return the scripts by which a job starts a script of a packed folder with requirements, by their path."""
    if (folder := _folder()) is None:
        return
    texts = _texts(folder / "train/templates.py")
    script = texts["TRAIN_SCRIPT_TEMPLATE"].format(
        working_dir=f"cd {_CODE_FOLDER} \ntar -xzf sourcedir.tar.gz \n",
        install_requirements=texts["INSTALL_REQUIREMENTS"].format(requirements_file="requirements.txt"),
        execute_driver=texts["EXECUTE_BASIC_SCRIPT_DRIVER"],
    )
    yield "sm_train.sh", script.encode()
    yield "scripts/install_requirements.py", (folder / _INSTALLER).read_bytes()
    drivers = folder / "train/container_drivers"
    for file in drivers.rglob("*.py"):
        yield file.relative_to(drivers).as_posix(), file.read_bytes()


def of_processing() -> Iterator[tuple[str, bytes]]:
    """Return the script by which a job installs a source folder's requirements; it has no folder of its own."""
    if (folder := _folder()) is not None:
        yield "", (folder / _INSTALLER).read_bytes()


def _folder() -> Path | None:
    """Return where the SDK is, if it is SDK 3."""
    sdk = find_spec("sagemaker")
    core = find_spec("sagemaker.core") if sdk is not None else None
    return None if core is None else Path(next(iter(core.submodule_search_locations or ()))).parent


def _texts(module: Path) -> dict[str, str]:
    """Return the texts of a module that takes seconds to import, and wants a region."""
    constants: list[ast.stmt] = []
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            constants.append(node)  # noqa: PERF401 (a comprehension has no type of its own)
    texts: dict[str, str] = {}
    exec(compile(ast.Module(constants, []), module.name, "exec"), texts)  # noqa: S102
    return texts
