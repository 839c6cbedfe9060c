"""Which of AWS's services sign under a name, by botocore's service models."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader, create_loader

_METADATA = '"metadata":'
_HEAD_CHARACTERS = 4096
"""A model begins with its metadata, which have some 600 characters; what follows is up to 10 MB."""


def services_signed_as(signing_name: str) -> tuple[str, ...]:
    """Return botocore's names of the services whose requests are signed for a name, such as ``sagemaker``.

    One that is itself called so comes first, the others in the order of the alphabet.
    """
    return _services().get(signing_name, ())


@cache
def _services() -> dict[str, tuple[str, ...]]:
    loader = create_loader()
    services = defaultdict(list)
    for service in loader.list_available_services("service-2"):
        metadata = _metadata(loader, service)
        services[metadata.get("signingName") or metadata["endpointPrefix"]].append(service)
    return {name: tuple(sorted(group, key=lambda each: (each != name, each))) for name, group in services.items()}


def _metadata(loader: Loader, service: str) -> dict[str, Any]:
    """Read the metadata of a service's model, without the model if it begins with them: all models take 10 s."""
    version = loader.determine_latest_version(service, "service-2")
    for folder in loader.search_paths:
        path = Path(folder, service, version, "service-2.json.gz")
        if path.is_file():
            with gzip.open(path, "rt", encoding="utf-8") as model:
                head = model.read(_HEAD_CHARACTERS)
            start = head.find(_METADATA) + len(_METADATA)
            try:
                return json.JSONDecoder().raw_decode(head[start:].lstrip())[0]
            except ValueError:
                break
    return loader.load_service_model(service, "service-2")["metadata"]
