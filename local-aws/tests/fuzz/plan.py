"""The malformed requests that a seed stands for."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.serialize import create_serializer
from botocore.session import get_session

from tests.fuzz import oddities
from tests.fuzz.wire import RawRequest
from tests.requests_of import smallest

_OTHER_SIGNING_NAMES = {"sagemaker-runtime": "sagemaker"}


def signing_name(service: str) -> str:
    """Return the name in the credential scope of a service's requests."""
    model = _model(service)
    return _OTHER_SIGNING_NAMES.get(service, str(model.signing_name))


def malformed(
    seed: int, operations: Sequence[tuple[str, str]], known: Mapping[str, Any], count: int
) -> Iterator[RawRequest]:
    """Yield requests, all operations in turn, each spoilt in one or two ways.

    Parameters
    ----------
    seed
        Which requests.
    operations
        Services and operations.
    known
        Values for members by name, of resources that there are: so that requests get further than "not found".
    count
        How many.
    """
    random = Random(seed)
    order = list(operations)
    random.shuffle(order)
    for number in range(count):
        service, operation = order[number % len(order)]
        request = well_formed(random, service, operation, known)
        for _ in range(random.choice((1, 1, 1, 2))):
            request = _spoilt(random, request)
        yield request


def well_formed(random: Random, service: str, operation: str, known: Mapping[str, Any]) -> RawRequest:
    """Return a request that fits the service's model: the members that are required, and some of the others."""
    model = _model(service)
    operation_model = model.operation_model(operation)
    shape = operation_model.input_shape
    parameters = smallest(shape)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in known:
                parameters[name] = known[name]
            elif name not in parameters and random.random() < 0.3:
                parameters[name] = _value(member)
    serializer = create_serializer(str(model.resolved_protocol), include_validation=False)
    serialized = serializer.serialize_to_request(parameters, operation_model)
    query = serialized["query_string"]
    target = serialized["url_path"]
    if query:
        pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else list(dict(query).items())
        target += ("&" if "?" in target else "?") + urlencode(pairs, doseq=True)
    body = serialized["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    headers = {str(name): str(value) for name, value in dict(serialized["headers"]).items()}
    return RawRequest(service, operation, serialized["method"], target, headers, _bytes(body))


@functools.cache
def _model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


def _value(shape: Shape, depth: int = 0) -> Any:
    if depth > 3 and isinstance(shape, StructureShape | ListShape | MapShape):
        return [] if isinstance(shape, ListShape) else {}
    if isinstance(shape, StructureShape):
        return {name: _value(member, depth + 1) for name, member in list(shape.members.items())[:3]}
    if isinstance(shape, ListShape):
        return [_value(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {"a": _value(shape.value, depth + 1)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "timestamp":
        return "2026-01-01T00:00:00Z"
    if shape.type_name == "blob":
        return b"a"
    return False if shape.type_name == "boolean" else shape.metadata.get("min", 1)


def _spoilt(random: Random, request: RawRequest) -> RawRequest:
    kind = random.random()
    if kind < 0.2:
        return replace(request, body=random.choice(oddities.BODIES))
    if kind < 0.65:
        return _with_odd_members(random, request)
    if kind < 0.8:
        name, value = random.choice(oddities.HEADERS)
        headers = {key: each for key, each in request.headers.items() if key.lower() != name.lower()}
        return replace(request, headers={**headers, name: value})
    if kind < 0.88:
        return replace(request, target=_odd_target(random, request.target))
    if kind < 0.93:
        return replace(request, method=random.choice(oddities.METHODS))
    if kind < 0.97:
        cut = random.randrange(len(request.body) + 1)
        return replace(request, body=request.body[:cut])
    return replace(request, is_cut=bool(request.body))


def _with_odd_members(random: Random, request: RawRequest) -> RawRequest:
    """Spoil what the request says, in the terms of its protocol."""
    body = request.body
    try:
        if body[:1] in (b"{", b"["):
            return replace(request, body=oddities.json_text(oddities.spoil(random, json.loads(body))))
        if body[:1] == b"<":
            return replace(request, body=_odd_xml(random, body.decode()))
        if b"Action=" in body:
            pairs = parse_qsl(body.decode(), keep_blank_values=True)
            return replace(request, body=urlencode(_odd_pairs(random, pairs), errors="surrogatepass").encode())
    except (ValueError, RecursionError):
        return request  # it is spoilt enough
    return replace(request, target=_odd_target(random, request.target))


def _odd_pairs(random: Random, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    index = random.randrange(len(pairs))
    name, value = pairs[index]
    odd = _text(random)
    choice = random.random()
    if choice < 0.5:
        changed = [(name, odd)]
    elif choice < 0.6:
        changed = []
    else:
        suffix = random.choice(
            (".1", ".member.1", ".member.x", ".", "..1", ".999999999", ".-1", ".entry.1.key", ".1.1.1")
        )
        changed = [(name, value), (name + suffix, odd)]
    return [*pairs[:index], *changed, *pairs[index + 1 :]]


def _odd_xml(random: Random, text: str) -> bytes:
    spots = [index for index, character in enumerate(text) if character in "<>"]
    spot = random.choice(spots)
    pieces = ("", "<", "</a>", "<a>", "&", "<![CDATA[", "<!--", "\x00", _text(random)[:1000])
    return (text[:spot] + random.choice(pieces) + text[spot:]).encode("utf-8", "surrogatepass")


def _odd_target(random: Random, target: str) -> str:
    if random.random() < 0.4:
        return random.choice(oddities.TARGETS)
    parts = urlsplit("http://x" + target)
    odd = quote(_text(random)[:2000], safe="", errors="surrogatepass")
    if parts.query and random.random() < 0.6:
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        name, _ = random.choice(pairs) if pairs else ("x", "")
        return (
            f"{parts.path}?{parts.query}&{quote(name)}={odd}"
            if random.random() < 0.5
            else f"{parts.path}?{quote(name)}={odd}"
        )
    segments = parts.path.split("/")
    segments[random.randrange(len(segments))] = odd
    path = "/" + "/".join(segments).lstrip("/")
    return path + (f"?{parts.query}" if parts.query else "")


def _text(random: Random) -> str:
    value = oddities.odd_value(random)
    return value if isinstance(value, str) else json.dumps(value)


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else b""
