"""What an endpoint serves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.records import Record
from local_aws.services.sagemaker.served_models import ServedModel

LEAST_OUTSTANDING = "LEAST_OUTSTANDING_REQUESTS"
ROUTING_STRATEGIES = ("RANDOM", LEAST_OUTSTANDING)
"""Requests that AWS routes at random are routed in turn here."""


@dataclass(frozen=True)
class Serving:
    """A production variant of an endpoint, as long as its configuration stays."""

    endpoint: str
    variant: str
    model: ServedModel
    generation: str
    instance_count: int = 1
    """The initial number of instances; a serverless variant has one process."""
    max_concurrency: int | None = None
    """The number of requests that a serverless variant serves at a time."""
    data_capture: Mapping[str, Any] | None = None
    """The endpoint configuration's ``DataCaptureConfig``, when it is switched on."""
    least_outstanding: bool = False

    @classmethod
    def new(cls, endpoint: str, config: Record, model: ServedModel) -> Serving:
        """Return what an endpoint configuration asks for, with a generation of its own."""
        variant = config["ProductionVariants"][0]
        capture = config.get("DataCaptureConfig", {})
        return cls(
            endpoint,
            variant["VariantName"],
            model,
            uuid.uuid4().hex[:12],
            variant.get("InitialInstanceCount", 1),
            variant.get("ServerlessConfig", {}).get("MaxConcurrency"),
            # On AWS, too, a capture without EnableCapture is switched on.
            capture if capture.get("EnableCapture", bool(capture)) else None,
            variant.get("RoutingConfig", {}).get("RoutingStrategy") == LEAST_OUTSTANDING,
        )

    @classmethod
    def of(cls, endpoint: str, record: Record) -> Serving:
        """Return what `record` has stored."""
        return cls(
            endpoint,
            record["Variant"],
            ServedModel.of(record["Container"]),
            record["Generation"],
            record.get("InstanceCount", 1),
            record.get("MaxConcurrency"),
            record.get("DataCapture"),
            record.get("LeastOutstanding", False),
        )

    def record(self) -> Record:
        """Return the serving as a record holds it."""
        return {
            "Variant": self.variant,
            "Container": self.model.record(),
            "Generation": self.generation,
            "InstanceCount": self.instance_count,
            "MaxConcurrency": self.max_concurrency,
            "DataCapture": dict(self.data_capture) if self.data_capture else None,
            "LeastOutstanding": self.least_outstanding,
        }
