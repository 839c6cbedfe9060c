"""Options of both pipelines; a setting that is left out keeps the value of the previous deployment."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from console.arguments import between
from console.instance_choice import JOB_TYPES
from console.pipeline_upsert import AUTOML
from pipelines.endpoint_settings import SETTINGS, EndpointSettings, Setting
from pipelines.instance_types import ENDPOINT, JOB_KINDS


def add_endpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add one option per setting, under the name that ``get_pipeline`` has for it."""
    group = parser.add_argument_group("endpoint", "how approved models are served; what is left out stays as it is")
    for name, default in asdict(EndpointSettings()).items():
        setting = SETTINGS[name]
        shown_default = {None: "the same", False: "no"}.get(default, default)
        if setting.parameter == ENDPOINT.parameter:
            shown_default = f"the first allowed of {', '.join(ENDPOINT.types)}"
        text = f"{setting.help} (new deployment: {shown_default})"
        group.add_argument(setting.option, dest=name, default=None, help=text, **_kind(setting, default))


def add_job_options(parser: argparse.ArgumentParser) -> None:
    """Add one option per kind of job, for the type of its instances, and one for AutoML, which chooses its own."""
    group = parser.add_argument_group("jobs", "instances of jobs; left out, those that the account's quotas allow")
    for name, kind in JOB_KINDS.items():
        group.add_argument(
            f"--{name}-instance-type",
            dest=f"{name}_instance_type",
            metavar="TYPE",
            help=f"type for a {kind.use} (new deployment: the first allowed of {', '.join(kind.types)})",
        )
    group.add_argument(
        "--automl",
        default=None,
        action=argparse.BooleanOptionalAction,
        help="let AutoML compete, on instances of SageMaker's choice (new deployment: yes)",
    )


def job_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was chosen for jobs, as arguments of ``get_pipeline``."""
    types = {name: getattr(options, f"{name}_instance_type") for name in JOB_KINDS}
    chosen = {name: instance_type for name, instance_type in types.items() if instance_type}
    automl = {} if options.automl is None else {AUTOML: options.automl}
    return {**({JOB_TYPES: chosen} if chosen else {}), **automl}


def _kind(setting: Setting, default: Any) -> dict[str, Any]:
    """Return the arguments of ``add_argument`` for the values that an option takes."""
    if isinstance(default, bool):
        return {"action": argparse.BooleanOptionalAction}
    if setting.minimum is not None:
        return {"type": between(setting.minimum, setting.maximum), "metavar": setting.metavar}
    if setting.choices:
        return {"type": type(default), "choices": setting.choices, "metavar": setting.metavar}
    return {"metavar": setting.metavar}


def endpoint_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were chosen, as arguments of ``get_pipeline``."""
    return {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
