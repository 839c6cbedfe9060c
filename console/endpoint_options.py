"""Options for how models are served; a setting that is left out keeps the value of the previous deployment."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from console.arguments import between
from pipelines.endpoint_settings import SETTINGS, EndpointSettings, Setting


def add_endpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add one option per setting, under the name that ``get_pipeline`` has for it."""
    group = parser.add_argument_group("endpoint", "how approved models are served; what is left out stays as it is")
    for name, default in asdict(EndpointSettings()).items():
        setting = SETTINGS[name]
        shown_default = {None: "the same", False: "no"}.get(default, default)
        text = f"{setting.help} (new deployment: {shown_default})"
        group.add_argument(setting.option, dest=name, default=None, help=text, **_kind(setting, default))


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
