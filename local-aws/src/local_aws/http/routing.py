"""Which operation of which service a request is for."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader, create_loader
from moto.core.model import OperationModel
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from local_aws.http.body_limits import read_body
from local_aws.http.payload import Payload, payload_of
from local_aws.http.signatures.gate import Identity
from local_aws.http.wire import Call
from local_aws.kernel.errors import AwsError, not_implemented

_ONE_PATH = frozenset({"json", "query"})
"""The protocols in which every operation has the path ``/``; SQS's older clients use a queue's."""
_COMPRESSED = "monitoring"
"""The service (by signing name) to which clients send large bodies compressed, if they are PutMetricData's."""
_GZIP = 16 + zlib.MAX_WBITS
_MAX_UNPACKED_BYTES = 16 * 1024 * 1024
_STREAMING = frozenset({("s3", "PutObject"), ("s3", "UploadPart")})
"""Operations whose handlers read the body piece by piece, from a `Payload`."""
_SIGNING_NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas"}
"""Services whose signing name is not botocore's name."""
_METADATA = '"metadata":'
_HEAD_CHARACTERS = 4096
"""A model begins with its metadata, which have some 600 characters; what follows is up to 10 MB."""


def identify(environ: WSGIEnvironment, identity: Identity) -> Call:
    """Find out which operation of which service a request is for.

    The service is that of the signature, the operation comes from target, action or path. The body is read, and put
    back for whoever reads next; that of an operation that takes a stream stays unread.

    Raises
    ------
    AwsError
        When the service or operation is unknown, or the body is too large or not the one that was signed.
    """
    # moto would decode a path twice that the server gives under another name.
    environ.setdefault("RAW_URI", environ.get("REQUEST_URI", ""))
    http = Request(environ)
    if identity.service != "s3":
        http = _with_body(environ, identity)
    service, operation, uri_parameters = _routed(identity.service, http)
    _check_route(service, operation, http)
    payload = None
    if service == "s3":
        uri_parameters = _decoded_path(http, uri_parameters)
    if (service, operation.name) in _STREAMING:
        payload = payload_of(environ, http.headers, identity.body_check)
    elif service == "s3":
        http = _with_body(environ, identity)
    return Call(service, operation.name, uri_parameters, http, operation, payload)


def _routed(signing_name: str, http: Request) -> tuple[str, OperationModel, dict[str, Any]]:
    """Return service, operation and the path's parameters.

    Several services may be signed under one name, as SageMaker's data planes are. The models of those that are served
    here are looked at first: for the others, all of botocore's are.
    """
    served = _service_name(signing_name, http.path)
    if match := _matched(served, http):
        return served, *match
    services = _services_signed_as(signing_name)
    for service in services:
        if service != served and _is_of_version(service, http) and (match := _matched(service, http)):
            return service, *match
    if not services:
        raise AwsError("UnknownService", f"no AWS service is called {signing_name!r}", 404)
    target = http.headers.get("X-Amz-Target") or f"{http.method} {http.path}"
    raise not_implemented(served if served in services else services[0], target)


def _matched(service: str, http: Request) -> tuple[OperationModel, dict[str, Any]] | None:
    """Return the operation of a service that a request is for, if it is; none of a service that does not exist."""
    try:
        return get_service_router(service).match(http)
    except (HTTPException, NotImplementedError, KeyError, UnknownServiceError):
        return None


def _is_of_version(service: str, http: Request) -> bool:
    """Distinguish services whose actions have the same names, such as two generations of load balancers."""
    version = http.values.get("Version") if "Action" in http.values else None
    return version is None or version == get_service_model(service).metadata["apiVersion"]


def _services_signed_as(signing_name: str) -> tuple[str, ...]:
    """Return botocore's names of the services whose requests are signed for a name, such as ``sagemaker``.

    One that is itself called so comes first, the others in the order of the alphabet.
    """
    return _services_by_name().get(signing_name, ())


@cache
def _services_by_name() -> dict[str, tuple[str, ...]]:
    loader = create_loader()
    services = defaultdict(list)
    for service in loader.list_available_services("service-2"):
        metadata = _metadata_of(loader, service)
        services[metadata.get("signingName") or metadata["endpointPrefix"]].append(service)
    return {name: tuple(sorted(group, key=lambda each: (each != name, each))) for name, group in services.items()}


def _metadata_of(loader: Loader, service: str) -> dict[str, Any]:
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


def _check_route(service: str, operation: OperationModel, http: Request) -> None:
    """Refuse methods and paths that the router does not look at, where the request's body names the operation."""
    protocol = operation.service_model.resolved_protocol
    if protocol in _ONE_PATH and service != "sqs" and http.path != "/":
        raise AwsError("UnknownOperationException", f"operations of {service} have the path /, not {http.path}", 404)
    if protocol in _ONE_PATH and http.method not in ("GET", "POST"):
        raise AwsError("UnknownOperationException", f"operations of {service} are POST, not {http.method}", 405)


def _decoded_path(http: Request, parsed: dict[str, Any]) -> dict[str, Any]:
    """Return the path parameters of a request to S3, with bucket and key decoded once, as UTF-8."""
    path, query = http.raw_path.encode("latin-1"), http.query_string
    bucket, _, key = path.removeprefix(b"/").partition(b"/")
    try:
        parameters = {"Bucket": unquote_to_bytes(bucket).decode(), "Key": unquote_to_bytes(key).decode()}
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI: it is not UTF-8") from None
    return {**parsed, **{name: parameters[name] for name in parsed.keys() & parameters.keys()}}


def _with_body(environ: WSGIEnvironment, identity: Identity) -> Request:
    """Return a request with its body, which is put back for whoever reads next."""
    body = read_body(environ, identity.service)
    if identity.service == "s3":
        body = Payload(BytesIO(body), check=identity.body_check).read()
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and identity.service == _COMPRESSED:
        body = _unpacked(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)
    http = Request(environ)
    http.get_data()
    environ["wsgi.input"].seek(0)
    return http


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(body, _MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise AwsError("SerializationException", f"the request body is not gzip, as its header says: {error}") from None
    if not unpacking.eof:
        reason = f"the request body is cut off, or has over {_MAX_UNPACKED_BYTES} bytes when it is unpacked"
        raise AwsError("SerializationException", reason)
    return unpacked


def _service_name(signing_name: str, path: str) -> str:
    if signing_name == "sagemaker" and path.startswith("/endpoints/"):
        return "sagemaker-runtime"
    return _SIGNING_NAMES.get(signing_name, signing_name)
