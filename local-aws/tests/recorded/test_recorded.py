"""local_aws answers what AWS answered."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.builders import BUILDERS
from local_aws.kernel.account import ACCOUNT_ID
from tests.conftest import running

_PLACEHOLDER = re.compile(r"\{\{(?:(\w+)|(.)\*(\d+))\}\}")
_LEAST_FACTS = 400

Fact = dict[str, Any]


def _facts() -> Iterator[Any]:
    for path in sorted(Path(__file__).parent.glob("*.json")):
        for index, fact in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            yield pytest.param(path.stem, fact, f"{path.stem}-fact-{index}", id=f"{path.stem}: {fact['fact']}")


FACTS = list(_facts())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Return a function that makes the client of a service, which sends invalid requests too."""
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        clients: dict[str, Any] = {}

        def of(service: str) -> Any:
            if service not in clients:
                clients[service] = server.client(service, parameter_validation=False)
            return clients[service]

        yield of


def test_every_fact_is_listed_once() -> None:
    ids = [parameter.id for parameter in FACTS]

    assert len(ids) >= _LEAST_FACTS
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("service", "fact", "name"), FACTS)
def test_local_aws_answers_as_recorded(client: Callable[[str], Any], service: str, fact: Fact, name: str) -> None:
    assert fact.keys() <= {"fact", "source", "setup", "call", "answer", "error", "status"}
    assert {"answer", "error"} & fact.keys()
    values = {
        "account": ACCOUNT_ID,
        "region": client(service).meta.region_name,
        "name": name,
        "role": f"arn:aws:iam::{ACCOUNT_ID}:role/{name}",
        "zip": _package(),
    }
    for call in fact.get("setup", []):
        _check(client(call.get("service", service)), call, call, values)
    _check(client(fact["call"].get("service", service)), fact["call"], fact, values)


def _check(client: Any, call: Mapping[str, Any], expected: Mapping[str, Any], values: dict[str, Any]) -> None:
    """Make a call and compare its answer; placeholders that have no value yet get one."""
    if "wait" in call:
        client.get_waiter(call["wait"]).wait(**_filled(call["request"], values), WaiterConfig={"Delay": 0.2})
        return
    operation = call["operation"]
    method = next(name for name, each in client.meta.method_to_api_mapping.items() if each == operation)
    shape = client.meta.service_model.operation_model(operation).input_shape
    request = _of_shape(shape, _filled(call["request"], values))
    try:
        answer = getattr(client, method)(**request)
    except ClientError as error:
        answer = error.response
    fields = {
        "answer": {key: value for key, value in answer.items() if key not in ("Error", "ResponseMetadata")},
        "error": answer.get("Error", {}),
        "status": answer["ResponseMetadata"]["HTTPStatusCode"],
    }
    wrong = [
        difference
        for field, actual in fields.items()
        if field in expected
        for difference in _differences(expected[field], actual, values, field)
    ]
    if "Error" in answer and "error" not in expected:
        wrong.append(f"{operation} is refused: {answer['Error']}")
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a request with the values of its placeholders."""
    if isinstance(value, dict):
        return {_filled(key, values): _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    match = _PLACEHOLDER.fullmatch(value)
    if match and match[1]:
        return values[match[1]]
    return _PLACEHOLDER.sub(lambda match: _repeated(match) or values[match[1]], value)


def _of_shape(shape: Shape, value: Any) -> Any:
    """Return a request with JSON where the API has a string; a member that the API does not have is an error."""
    if isinstance(value, dict | list) and shape.type_name == "string":
        return json.dumps(value)
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: _of_shape(shape.members[name], member) for name, member in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_of_shape(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _of_shape(shape.value, item) for key, item in value.items()}
    return value


def _differences(expected: Any, actual: Any, values: dict[str, Any], path: str) -> Iterator[str]:
    """Yield where an answer differs from what is expected."""
    if hasattr(actual, "read"):
        actual = actual.read()
    if isinstance(actual, bytes):
        actual = actual.decode()
    if isinstance(expected, dict | list) and isinstance(actual, str):
        actual = json.loads(actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, member in expected.items():
            key = _filled(name, values)
            yield from _differences(member, actual.get(key), values, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (item, other) in enumerate(zip(expected, actual, strict=True)):
            yield from _differences(item, other, values, f"{path}[{index}]")
    elif isinstance(expected, str) and isinstance(actual, str):
        match = re.fullmatch(_pattern(expected, values), actual, re.DOTALL)
        if match is None:
            yield f"{path}: recorded {expected!r}, is {actual!r}"
        else:
            values.update(match.groupdict())
    elif expected != actual:
        yield f"{path}: recorded {expected!r}, is {actual!r}"


def _pattern(text: str, values: Mapping[str, Any]) -> str:
    """Return the expression of what a text with placeholders stands for."""
    pieces, at, new = [], 0, set()
    for match in _PLACEHOLDER.finditer(text):
        name, known = match[1], _repeated(match) or values.get(match[1])
        pieces += [
            re.escape(text[at : match.start()]),
            re.escape(known) if known else f"(?P={name})" if name in new else f"(?P<{name}>.+?)",
        ]
        new.add(name)
        at = match.end()
    return "".join(pieces) + re.escape(text[at:])


def _repeated(match: re.Match[str]) -> str | None:
    return match[2] * int(match[3]) if match[2] else None


def _package() -> bytes:
    """Return a deployment package."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("handler.py", "def handle(event, context):\n    return event\n")
    return package.getvalue()
