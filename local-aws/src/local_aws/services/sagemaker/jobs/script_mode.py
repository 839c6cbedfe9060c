"""What SageMaker's training toolkits do inside a container to run a user's script.

The files, variables and arguments are those of the ``sagemaker-containers`` package (its ``_env`` and ``_mapping``
modules) together with those that ``sagemaker-training``, its successor, has added. The first, which the XGBoost image
has, installs the code as a package and runs the script as a module; here the code folder is the working directory, so
that nothing is installed. The other images have the second, which runs the script as a program.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local_aws.kernel.processes.container import ContainerFolder
from local_aws.services.sagemaker.images.resolution import Image

PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"
HOST = "algo-1"
CODE = "/opt/ml/code"

_GROUP = "homogeneousCluster"
_NETWORK_INTERFACE = "eth0"
_INFO = 20
_SAGEMAKER_PREFIX = "sagemaker_"
_PLACES = {
    "input_dir": "/opt/ml/input",
    "input_config_dir": "/opt/ml/input/config",
    "model_dir": "/opt/ml/model",
    "output_dir": "/opt/ml/output",
    "output_data_dir": "/opt/ml/output/data",
    "output_intermediate_dir": "/opt/ml/output/intermediate",
}
_TOOLKIT_PARAMETERS = frozenset(
    {
        *(PROGRAM, SUBMIT_DIRECTORY, "sagemaker_enable_cloudwatch_metrics", "sagemaker_region"),
        *("sagemaker_container_log_level", "sagemaker_job_name", "sagemaker_s3_output"),
        *("default_user_module_name", "_tuning_objective_metric"),
    }
)


@dataclass(frozen=True)
class Script:
    """A user's training script with its hyperparameters."""

    hyperparameters: Mapping[str, Any]
    """All of the job's, decoded; see `decode`."""

    @property
    def program(self) -> str:
        """The script's path within the code folder."""
        return str(self.hyperparameters[PROGRAM])

    @property
    def module(self) -> str:
        """The name under which the script runs."""
        return self.program.removesuffix(".py")

    @property
    def source(self) -> str | None:
        """The S3 URI of the code's tar archive."""
        return self.hyperparameters.get(SUBMIT_DIRECTORY)

    @property
    def own(self) -> dict[str, Any]:
        """The hyperparameters that the script itself gets."""
        return {
            name: value
            for name, value in self.hyperparameters.items()
            if not name.startswith(_SAGEMAKER_PREFIX) and name not in _TOOLKIT_PARAMETERS
        }

    @property
    def framework(self) -> dict[str, Any]:
        """The ``sagemaker_`` parameters that are the framework's, not the toolkit's."""
        return {
            name: value
            for name, value in self.hyperparameters.items()
            if name.startswith(_SAGEMAKER_PREFIX) and name not in _TOOLKIT_PARAMETERS
        }

    def arguments(self) -> list[str]:
        """Return the script's arguments: ``--name value`` by name, ``-n value`` for names of one letter."""
        arguments = []
        for name, value in sorted(self.own.items()):
            arguments += [f"--{name}" if len(name) > 1 else f"-{name}", _argument(value)]
        return arguments


def decode(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Decode hyperparameters: JSON where a value is JSON, as the SDK writes it, else the text itself."""
    return {name: _decoded(text) for name, text in hyperparameters.items()}


def resource_configuration(instance_type: str) -> dict[str, Any]:
    """Return the content of ``resourceconfig.json``: one host in one group."""
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": _GROUP, "instance_type": instance_type, "hosts": [HOST]}],
        "network_interface_name": _NETWORK_INTERFACE,
    }


def environment(
    script: Script, folder: ContainerFolder, channels: Mapping[str, Any], resources: Mapping[str, Any]
) -> dict[str, str]:
    """Return the variables that the toolkit sets for a script.

    Parameters
    ----------
    channels
        The content of ``inputdataconfig.json``.
    resources
        The content of ``resourceconfig.json``.
    """
    settings: dict[str, Any] = {
        **_PLACES,
        "current_host": HOST,
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": _GROUP,
        "current_instance_group_hosts": [HOST],
        "distribution_instance_groups": [],
        "framework_module": None,
        "hosts": [HOST],
        "input_data_config": channels,
        "instance_groups": [_GROUP],
        "instance_groups_dict": {group["instance_group_name"]: group for group in resources["instance_groups"]},
        "is_hetero": False,
        "log_level": script.hyperparameters.get("sagemaker_container_log_level", _INFO),
        "module_dir": script.source or CODE,
        "module_name": script.module,
        "network_interface_name": _NETWORK_INTERFACE,
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "resource_config": resources,
        "user_entry_point": script.program,
    }
    channel_folders = {name: f"/opt/ml/input/data/{name}" for name in channels}
    training_env = {
        **settings,
        "additional_framework_parameters": script.framework,
        "channel_input_dirs": channel_folders,
        "hyperparameters": script.own,
        "is_master": True,
        "master_hostname": HOST,
    }
    variables = {
        **settings,
        "channels": sorted(channels),
        "framework_params": script.framework,
        "hps": script.own,
        "training_env": training_env,
        "user_args": script.arguments(),
        **{f"channel_{name}": place for name, place in channel_folders.items()},
        **{f"hp_{name}": value for name, value in script.own.items()},
    }
    return {
        "PYTHONPATH": folder.rewrite(CODE),
        **{f"SM_{name.upper()}": folder.rewrite(_variable(value)) for name, value in variables.items()},
    }


def names_program(hyperparameters: Mapping[str, str]) -> bool:
    """Return whether hyperparameters ask for a script: without one an image trains by its own algorithm, if any."""
    return PROGRAM in hyperparameters


def toolkit_of(image: Image) -> Literal["module", "program"]:
    """Return how an image runs a script; a user's own is taken to have the newer toolkit."""
    return "program" if image.family is None else image.family.toolkit


def command(script: Script, image: Image, *, is_package: bool = False) -> tuple[str, ...]:
    """Return the command that runs the script; its working directory is the code folder, as the toolkit has it.

    Parameters
    ----------
    is_package
        Whether the code has a ``setup.py``, with which the newer toolkit, too, runs it as a module.
    """
    arguments = script.arguments()
    if script.program.endswith(".sh"):
        return ("/bin/sh", "-c", shlex.join((f"./{script.program}", *arguments)))
    if toolkit_of(image) == "module" or is_package:
        return ("python3", "-m", script.module, *arguments)
    return ("python3", script.program, *arguments)


def installs_requirements(script: Script, *, is_package: bool) -> bool:
    """Return whether the toolkit installs what the code's ``requirements.txt`` asks for: not for a shell program."""
    return is_package or not script.program.endswith(".sh")


def failure(script: Script, image: Image, exit_code: int) -> str:
    """Return what the toolkit writes to ``output/failure`` when a script fails, whatever the script has written there.

    The script's own words are in the log only: the containers do not let the toolkit capture them.
    """
    words = " ".join(command(script, image))
    if toolkit_of(image) == "module":
        return f'ExecuteUserScriptError:\nCommand "{words}"'
    return f'ExecuteUserScriptError:\nExitCode {exit_code}\nErrorMessage ""\nCommand "{words}"'


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _argument(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return str(value)


def _variable(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
