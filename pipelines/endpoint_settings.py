"""How models are served: one row per setting. The pipelines' parameters, the options of ``playgrounds deploy`` and the
settings that a deployment keeps from the previous one follow from it.

Standard library only, so that the command need not import the SageMaker SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pipelines.instance_types import ENDPOINT

ALL_AT_ONCE, CANARY, LINEAR = TRAFFIC_ROUTINGS = ("ALL_AT_ONCE", "CANARY", "LINEAR")

INSTANCE, SERVERLESS = ENDPOINT_TYPES = ("Instance", "Serverless")
"""Values of the parameter ``EndpointType``."""


@dataclass(frozen=True)
class Setting:
    """A setting's command-line option, and the pipelines' parameter whose default it is.

    A setting without a parameter is fixed when the definition is built. An empty list of choices allows any value.
    """

    option: str
    help: str
    parameter: str = ""
    choices: Sequence[Any] = ()
    minimum: int | None = None
    maximum: int | None = None
    metavar: str | None = None


def _setting(default: Any, *setting: Any, **more: Any) -> Any:
    return field(default=default, metadata={"setting": Setting(*setting, **more)})


@dataclass(frozen=True)
class EndpointSettings:
    """How models are served. Most settings are defaults of parameters, for executions that do not override them.

    An approval's event names only the model package, so approved packages are deployed with these.

    Raises
    ------
    ValueError
        SageMaker would refuse the setting when the endpoint is created or updated.
    """

    traffic_routing: str = _setting(
        ALL_AT_ONCE, "--traffic", "how an update shifts traffic; in parts it needs two instances or more",
        choices=TRAFFIC_ROUTINGS,
    )  # fmt: skip
    endpoint_type: str = _setting(
        INSTANCE, "--endpoint-type", "on instances or serverless", "EndpointType", choices=ENDPOINT_TYPES
    )
    endpoint_instance_type: str = _setting(
        ENDPOINT.default, "--instance-type", "type of its instances", ENDPOINT.parameter, metavar="TYPE"
    )
    endpoint_instance_count: int = _setting(
        1, "--instances", "number of its instances", "EndpointInstanceCount", minimum=1, metavar="N"
    )
    endpoint_max_instance_count: int | None = _setting(
        None, "--max-instances", "what automatic scaling stops at; nothing scales at or below --instances",
        "EndpointMaxInstanceCount", minimum=1, metavar="N",
    )  # fmt: skip
    serverless_memory_in_mb: int = _setting(
        2048, "--serverless-memory", "memory of a serverless endpoint, 1024 to 6144 in steps of 1024",
        "ServerlessMemoryInMB", choices=range(1024, 6145, 1024), metavar="MB",
    )  # fmt: skip
    serverless_max_concurrency: int = _setting(
        5, "--serverless-concurrency", "requests that a serverless endpoint answers at once",
        "ServerlessMaxConcurrency", minimum=1, maximum=200, metavar="N",
    )  # fmt: skip
    enable_data_capture: bool = _setting(
        False, "--data-capture", "keep requests and answers in the models bucket", "EnableDataCapture"
    )
    bake_seconds: int = _setting(
        300, "--bake-seconds", "how long an update watches the alarms, after each shift of traffic",
        "BakeTimeInSeconds", minimum=0, maximum=3600, metavar="N",
    )  # fmt: skip

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> EndpointSettings:
        """Return these settings, with defaults for the others; raise `ValueError` for an unknown setting."""
        if unknown := sorted(chosen.keys() - SETTINGS.keys()):
            raise ValueError(f"got an unexpected keyword argument {unknown[0]!r}")
        return cls(**chosen)

    def __post_init__(self) -> None:
        for name in ("traffic_routing", "endpoint_type"):
            value, choices = getattr(self, name), SETTINGS[name].choices
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
        if self.traffic_routing != ALL_AT_ONCE and self.endpoint_instance_count < 2:
            raise ValueError(
                f"traffic_routing {self.traffic_routing} shifts a part of the instances at a time, at most half of "
                f"them, and endpoint_instance_count is {self.endpoint_instance_count}: ask for 2 or more, or for "
                f"{ALL_AT_ONCE}"
            )

    def parameter_defaults(self) -> dict[str, Any]:
        """Return the default of each setting's parameter, by the setting's name."""
        values = asdict(self) | {
            "endpoint_max_instance_count": self.endpoint_max_instance_count or self.endpoint_instance_count
        }
        return {name: values[name] for name, setting in SETTINGS.items() if setting.parameter}


SETTINGS: Mapping[str, Setting] = {each.name: each.metadata["setting"] for each in fields(EndpointSettings)}
"""What there is to say of each setting, by the name that ``get_pipeline`` has for it."""
