"""Options that say how models are served; what is left out stays as a deployment before had it."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from console.arguments import between

_SETTINGS = (
    *("traffic_routing", "bake_seconds", "endpoint_type", "endpoint_instance_type", "endpoint_instance_count"),
    *("endpoint_max_instance_count", "serverless_memory_in_mb", "serverless_max_concurrency", "enable_data_capture"),
)


def add_endpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add the options, each under the name that ``get_pipeline`` has for it."""
    group = parser.add_argument_group("endpoint", "how approved models are served; what is left out stays as it is")
    add = partial(group.add_argument, default=None)
    add(
        "--traffic",
        dest="traffic_routing",
        choices=("ALL_AT_ONCE", "CANARY", "LINEAR"),
        help="how an update shifts traffic (new deployment: ALL_AT_ONCE)",
    )
    add(
        "--bake-seconds",
        dest="bake_seconds",
        type=between(0, 3600),
        metavar="N",
        help="how long an update watches the alarms (new deployment: 300)",
    )
    add(
        "--endpoint-type",
        dest="endpoint_type",
        choices=("Instance", "Serverless"),
        help="on instances or serverless (new deployment: Instance)",
    )
    add(
        "--instance-type",
        dest="endpoint_instance_type",
        metavar="TYPE",
        help="type of its instances (new deployment: ml.m5.large)",
    )
    add(
        "--instances",
        dest="endpoint_instance_count",
        type=between(1),
        metavar="N",
        help="number of its instances (new deployment: 1)",
    )
    add(
        "--max-instances",
        dest="endpoint_max_instance_count",
        type=between(1),
        metavar="N",
        help="what automatic scaling stops at; nothing scales at or below --instances (new deployment: the same)",
    )
    add(
        "--serverless-memory",
        dest="serverless_memory_in_mb",
        type=int,
        choices=range(1024, 6145, 1024),
        metavar="MB",
        help="memory of a serverless endpoint, 1024 to 6144 in steps of 1024 (new deployment: 2048)",
    )
    add(
        "--serverless-concurrency",
        dest="serverless_max_concurrency",
        type=between(1, 200),
        metavar="N",
        help="requests that a serverless endpoint answers at once (new deployment: 5)",
    )
    add(
        "--data-capture",
        dest="enable_data_capture",
        action=argparse.BooleanOptionalAction,
        help="keep requests and answers in the models bucket (new deployment: no)",
    )


def endpoint_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Give what was asked for, as arguments of ``get_pipeline``."""
    return {name: getattr(options, name) for name in _SETTINGS if getattr(options, name) is not None}
