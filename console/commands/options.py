"""Options that commands share, and their types: illegal values are refused before anything is called."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from console.local_server import DEFAULT_DATA_DIR
from infrastructure.names import PREFIX
from pipelines.endpoint_settings import SETTINGS, EndpointSettings, Setting
from pipelines.instance_types import ENDPOINT, JOB_KINDS

AUTOML = "automl"
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Prefix(click.ParamType):
    """The prefix of a deployment's names."""

    name = "prefix"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the prefix, or refuse it."""
        if value and not PREFIX.fullmatch(value):
            rule = "up to 13 lower-case letters, digits and hyphens, a letter first and a hyphen last"
            self.fail(f"{value!r} is not a prefix: {rule}", param, ctx)
        return str(value)


class NameAndValue(click.ParamType):
    """A pair ``NAME=VALUE``."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return the pair, or refuse the text."""
        if isinstance(value, tuple):
            return value
        name, separator, text = value.partition("=")
        if not separator or not name:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, text


def path_option(*names: str, metavar: str, **settings: Any) -> Callable[[_Decorated], _Decorated]:
    """Return an option for a file or folder."""
    return click.option(*names, type=click.Path(path_type=Path), metavar=metavar, **settings)


data_dir_option = path_option(
    "--data-dir",
    metavar="DIR",
    default=DEFAULT_DATA_DIR,
    help=f"folder that keeps local_aws's state (default: {DEFAULT_DATA_DIR})",
)


def on_deployment(callback: Callable[..., int]) -> Callable[..., int]:
    """Make a function of a session, names and options one of ``--prefix`` and the options.

    Standard error says first which AWS it works on.
    """

    @click.option("--prefix", type=Prefix(), default="", help="start of the deployment's names (default: none)")
    @functools.wraps(callback)
    def run(prefix: str, **options: Any) -> int:
        from console.session import command_line, names_of, open_session, place_of
        from console.terminal import say

        session = open_session()
        names = names_of(session, prefix)
        say(place_of(session, names.account).banner, stream=sys.stderr)
        try:
            return callback(session, names, **options)
        except KeyboardInterrupt:
            say(f"\nwork in progress continues: '{command_line(names, 'status')}' shows it", stream=sys.stderr)
            raise

    return run


def endpoint_options(callback: _Decorated) -> _Decorated:
    """Add one option per setting of the endpoint, under the name that ``get_pipeline`` has for it."""
    for name, default in reversed(asdict(EndpointSettings()).items()):
        setting = SETTINGS[name]
        shown_default = {None: "the same", False: "no"}.get(default, default)
        if setting.parameter == ENDPOINT.parameter:
            shown_default = f"the first allowed of {', '.join(ENDPOINT.types)}"
        text = f"{setting.help} (new deployment: {shown_default})"
        callback = _setting_option(name, setting, default, text)(callback)
    return callback


def job_options(callback: _Decorated) -> _Decorated:
    """Add one option per kind of job, for the type of its instances, and one for AutoML, which chooses its own."""
    callback = click.option(
        "--automl/--no-automl",
        AUTOML,
        default=None,
        help="let AutoML compete, on instances of SageMaker's choice (new deployment: yes)",
    )(callback)
    for name, kind in reversed(JOB_KINDS.items()):
        text = f"instance type for a {kind.use} (new deployment: the first allowed of {', '.join(kind.types)})"
        callback = click.option(f"--{name}-instance-type", _job_option(name), metavar="TYPE", help=text)(callback)
    return callback


def chosen_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen of both, as arguments of ``get_pipeline``; the rest keeps the previous deployment's."""
    from console.instance_choice import JOB_TYPES
    from console.pipeline_upsert import AUTOML as ENABLE_AUTOML

    endpoint = {name: options[name] for name in SETTINGS if options[name] is not None}
    types = {name: options[_job_option(name)] for name in JOB_KINDS if options[_job_option(name)]}
    automl = {} if options[AUTOML] is None else {ENABLE_AUTOML: options[AUTOML]}
    return {**endpoint, **({JOB_TYPES: types} if types else {}), **automl}


def _job_option(name: str) -> str:
    return f"{name}_instance_type_of_jobs"


def _setting_option(name: str, setting: Setting, default: Any, text: str) -> Callable[[_Decorated], _Decorated]:
    if isinstance(default, bool):
        return click.option(f"{setting.option}/--no-{setting.option[2:]}", name, default=None, help=text)
    kind: click.ParamType | type = str
    if setting.minimum is not None:
        kind = click.IntRange(setting.minimum, setting.maximum)
    elif setting.choices:
        kind = click.Choice(setting.choices)
    return click.option(setting.option, name, type=kind, default=None, metavar=setting.metavar, help=text)
