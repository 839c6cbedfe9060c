"""The one WSGI application: finds the owner of each operation, or refuses the operation by name."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local_aws.contracts.moto_operations import MOTO, REFUSAL_CODES
from local_aws.contracts.operations import Operation, Operations
from local_aws.contracts.validation import validate_answer, validate_request
from local_aws.http.call_log import CallLog
from local_aws.http.in_process import IN_PROCESS, in_process_client
from local_aws.http.named_resources import named_resources
from local_aws.http.routing import identify
from local_aws.http.signatures.claims import stated_family
from local_aws.http.signatures.gate import Gate, Identity
from local_aws.http.signatures.refusals import family_of
from local_aws.http.wire import Call, HttpAnswer, error_code, refused
from local_aws.kernel.context import Answer, Request, Settings
from local_aws.kernel.errors import AwsError, not_implemented
from local_aws.kernel.principals import USER_ARN, Credentials, acting_as
from local_aws.kernel.records import now

_log = logging.getLogger(__name__)
_GLOBAL_SERVICES = frozenset({"budgets", "iam", "s3", "sts"})
_CORS = "access-control-"

Forwarder = Callable[[str, str, dict[str, Any], WSGIEnvironment, StartResponse], Iterable[bytes]]


class Front:
    """Serves owned operations, passes allowed ones on to moto, and refuses every other operation by name."""

    def __init__(self, settings: Settings, forward: Forwarder, credentials: Credentials, call_log: CallLog) -> None:
        self._settings = settings
        self._forward = forward
        self._gate = Gate(settings, credentials)
        self._call_log = call_log
        self._operations: dict[tuple[str, str], Operation] = {}
        self._clients: dict[str, Any] = {}

    def own(self, operations: Operations) -> None:
        """Add operations that the server supports; one with two owners raises `ValueError`."""
        for pair, operation in operations.items():
            if pair in self._operations or pair[1] in MOTO.get(pair[0], ()):
                raise ValueError(f"{pair[0]}:{pair[1]} has two owners")
            self._operations[pair] = operation

    def owned(self) -> frozenset[tuple[str, str]]:
        """Return the (service, operation) pairs that the server owns."""
        return frozenset(self._operations)

    def call(self, service: str, operation: str, request: Request) -> Answer:
        """Call an operation from inside the server, validated like a request from outside.

        It is a call of the principal that `local_aws.kernel.principals.acting_as` names.
        """
        if (service, operation) not in self._operations:
            return self._call_moto(service, operation, request)
        shape = get_service_model(service).operation_model(operation).input_shape
        with self._call_log.record(service, operation, named_resources(service, operation, shape, request)):
            validate_request(shape, request)
            return self._operations[service, operation].serve(operation, request)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one HTTP request."""
        try:
            identity = environ.get(IN_PROCESS) or self._gate.admit(environ)
        except AwsError as error:
            return _send(refused(error, environ, stated_family(environ)), start_response)
        try:
            self._check_region(identity)
            call = identify(environ, identity)
        except AwsError as error:
            return _send(refused(error, environ, family_of(identity.service)), start_response)
        try:
            with _caller(identity, environ), _boundary(call):
                operation = self._operations.get((call.service, call.operation))
                if operation is not None:
                    return _send(self._served(call, operation), start_response)
                if call.operation in MOTO.get(call.service, ()):
                    _sign_for_moto(environ, identity)
                    return self._forwarded(call, environ, start_response)
            raise not_implemented(call.service, call.operation)
        except AwsError as error:
            return _send(call.error(error), start_response)

    def _served(self, call: Call, operation: Operation) -> HttpAnswer:
        request = call.parameters()
        resources = call.named_resources(request)
        with self._call_log.record(call.service, call.operation, resources):
            return _served(call, operation, request)

    def _forwarded(self, call: Call, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parameters = call.parameters()
        resources = call.named_resources(parameters)
        started: list[tuple[int, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            headers = [(name, value) for name, value in headers if not name.lower().startswith(_CORS)]
            started.append((int(status.split()[0]), {name.lower(): value for name, value in headers}))
            return start_response(status, headers, *rest)

        with self._call_log.record(call.service, call.operation, resources) as recorded:
            _validate(call, parameters)
            code = REFUSAL_CODES.get(call.service, "ValidationException")
            MOTO[call.service][call.operation].check(parameters, call.operation, code)
            with _boundary(call):
                answer = self._forward(call.service, call.operation, parameters, environ, start)
            status, headers = started[-1]
            if status >= HTTPStatus.BAD_REQUEST:
                answer = list(answer)
                recorded.outcome = error_code(answer, headers, status)
        return answer

    def _check_region(self, identity: Identity) -> None:
        if identity.service not in _GLOBAL_SERVICES and identity.region != self._settings.region:
            raise AwsError(
                "UnrecognizedClientException",
                f"this server serves {self._settings.region}, the request is for {identity.region}; "
                f"set AWS_REGION={self._settings.region}",
                403,
            )

    def _call_moto(self, service: str, operation: str, request: Request) -> Answer:
        client = self._clients.get(service)
        if client is None:
            client = in_process_client(service, self, self._settings.endpoint_url, self._settings.region)
            self._clients[service] = client
        try:
            answer = getattr(client, _method_name(client, operation))(**request)
        except ClientError as error:
            details = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise AwsError(details["Code"], details["Message"], status) from error
        answer.pop("ResponseMetadata", None)
        return answer


def _caller(identity: Identity, environ: WSGIEnvironment) -> AbstractContextManager[None]:
    """Serve a request as its signer; a request from inside the server as its caller."""
    if IN_PROCESS in environ:
        return nullcontext()
    session = identity.session
    return acting_as(USER_ARN) if session is None else acting_as(session.role_arn, session.name)


def _sign_for_moto(environ: WSGIEnvironment, identity: Identity) -> None:
    """Name the service in the header in which moto looks for it, whatever the request itself says."""
    scope = f"moto/{now():%Y%m%d}/{identity.region or 'us-east-1'}/{identity.service}/aws4_request"
    environ.pop("HTTP_CONTENT_ENCODING", None)  # the body has been read without it
    environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _served(call: Call, operation: Operation, request: Request) -> HttpAnswer:
    _validate(call, request)
    with _boundary(call):
        result = operation.serve(call.operation, request)
    validate_answer(f"{call.service}:{call.operation}", call.output_shape, result)
    return call.answer(result)


def _validate(call: Call, request: Request) -> None:
    try:
        validate_request(call.input_shape, request)
    except AwsError as error:
        raise call.invalid(error) from None


@contextmanager
def _boundary(call: Call) -> Iterator[None]:
    """Turn an unforeseen exception into an error of the service's shape."""
    try:
        yield
    except AwsError:
        raise
    except RecursionError:
        raise AwsError("SerializationException", "the request is nested too deeply to be read") from None
    except Exception as error:
        _log.exception("%s:%s failed", call.service, call.operation)
        raise AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500) from error


def _send(answer: HttpAnswer, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*answer.headers, ("x-amzn-RequestId", str(uuid.uuid4()))]
    # An answer to HEAD has the length of what it does not carry.
    if isinstance(answer.body, bytes) and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [answer.body] if isinstance(answer.body, bytes) else answer.body


def _method_name(client: Any, operation: str) -> str:
    mapping = client.meta.method_to_api_mapping
    return next(method for method, name in mapping.items() if name == operation)
