"""An operation's parameters out of HTTP and its answer back, by botocore's service models and moto's protocol code."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import WSGIEnvironment
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from botocore.model import Shape, StructureShape
from botocore.utils import parse_timestamp
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.serialize import get_serializer_class

from local_aws.http.checksums import check_body
from local_aws.http.json_shapes import body_shape, check_json
from local_aws.http.named_resources import named_resources
from local_aws.http.payload import Payload
from local_aws.http.signatures.refusals import Family
from local_aws.http.xml_answers import XmlAnswers
from local_aws.kernel.errors import AwsError

# AWS too gives codes that are not in the service's model; moto warns of each.
warnings.filterwarnings("ignore", message=r"Exception\(_SerialisedError\) with code")

_DOCTYPE = b"<!DOCTYPE"
_UNREADABLE = (
    RequestParserError,
    ExpatError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What moto's parsers raise for a request that is not of its protocol."""
_MAX_MESSAGE = 500
_INVALID = {"logs": "InvalidParameterException"}
"""By service, its own code for an invalid request."""
_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"


@dataclass(frozen=True)
class HttpAnswer:
    """An answer on its way out."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | Iterable[bytes]
    """Its bytes, or an iterable of them that the server closes after the last piece."""


@dataclass(frozen=True)
class Call:
    """A request whose service and operation are known."""

    service: str
    operation: str
    uri_parameters: dict[str, Any]
    _http: Request
    _model: OperationModel
    payload: Payload | None = None
    """The unread body of an operation that takes a stream; None if the body was read."""

    @property
    def input_shape(self) -> Shape | None:
        """The operation's input shape."""
        return self._model.input_shape

    @property
    def output_shape(self) -> Shape | None:
        """The operation's output shape."""
        return self._model.output_shape

    def parameters(self) -> dict[str, Any]:
        """Return the operation's parameters, datetimes aware.

        Raises
        ------
        AwsError
            ``SerializationException`` when the body is not of the protocol.
        """
        body = b"" if self.payload else self._http.get_data()
        if self._holds_json:
            check_json(body_shape(self.input_shape), body)
        elif _DOCTYPE in body and self._protocol == "rest-xml":
            raise AwsError("MalformedXML", "the request body has a document type, which AWS does not read")
        parser = PROTOCOL_PARSERS[self._protocol](self._model, timestamp_parser=_aware)
        try:
            parameters = parser.parse(
                {
                    "method": self._http.method,
                    "values": self._http.values,
                    "headers": self._http.headers,
                    "body": body,
                    "url_path": self._http.path,
                    "url_params": self.uri_parameters,
                }
            )
        except _UNREADABLE as error:
            if self.service == "s3":
                if isinstance(error, RequestParserError | ExpatError):
                    raise AwsError("MalformedXML", f"{_MALFORMED_XML}: {error.__context__ or error}") from error
                raise AwsError("InvalidArgument", f"Invalid Argument: {error}"[:_MAX_MESSAGE]) from error
            reason = f"the request body cannot be read: {error}"
            raise AwsError("SerializationException", reason[:_MAX_MESSAGE]) from error
        # The checksum that completes an upload is the object's.
        if self.service == "s3" and self.payload is None and self.operation != "CompleteMultipartUpload":
            check_body(self._http.headers, self._http.get_data())
        shape = self.input_shape
        if isinstance(shape, StructureShape):
            payload = shape.serialization.get("payload")
            kind = shape.members[payload].type_name if payload else None
            # The parser takes an empty body for none.
            if kind == "blob":
                parameters.setdefault(payload, self.payload or b"")
            elif kind == "string":
                parameters.setdefault(payload, "")
        return parameters

    def named_resources(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return what a parsed request names; of most of S3's that is what stands in path, query and headers."""
        if self.service == "s3" and self.operation != "DeleteObjects":
            headers, query = self._http.headers, self._http.args
            copied = {"CopySource": headers.get("X-Amz-Copy-Source")} if "X-Amz-Copy-Source" in headers else {}
            listed = {"Prefix": query["prefix"]} if "prefix" in query else {}
            tagged = {"Tagging": True} if "X-Amz-Tagging" in headers else {}
            return {**self.uri_parameters, **copied, **listed, **tagged}
        return named_resources(self.service, self.operation, self.input_shape, parameters)

    def answer(self, result: dict[str, Any]) -> HttpAnswer:
        """Serialise a result; a ``Body`` that is an iterable of bytes is left to the server as it is."""
        stream = result.get("Body") if self.service == "s3" else None
        if stream is not None:
            result = {**result, "Body": b""}
        serialized = self._serializer().serialize(result)
        # moto gives a payload the type of the protocol, even where the result has the payload's own.
        serialized["headers"].update(self._payload_type(result))
        # moto writes a member that is the HTTP status into the body, if anywhere.
        serialized["status_code"] = self._status(result) or serialized["status_code"]
        answer = _http_answer(serialized)
        if self._http.method == "HEAD":
            stream = b""
        return answer if stream is None else HttpAnswer(answer.status, answer.headers, stream)

    def invalid(self, error: AwsError) -> AwsError:
        """Return the error for a request that is not of its model, with the service's code for it."""
        if self.service != "s3":
            return AwsError(_INVALID.get(self.service, self._invalid), error.message)
        shape = self.input_shape
        payload = shape.serialization.get("payload") if shape is not None else None
        has_xml = payload and isinstance(shape, StructureShape) and isinstance(shape.members[payload], StructureShape)
        message = f"{_MALFORMED_XML}: {error.message}" if has_xml else error.message
        return AwsError("MalformedXML" if has_xml else "InvalidArgument", message)

    def error(self, error: AwsError) -> HttpAnswer:
        """Serialise an error."""
        failure = _SerialisedError(error.code, error.message)
        failure.members = error.members
        for name, value in error.members.items():
            setattr(failure, name, value)
        answer = _http_answer(self._serializer().serialize(failure))
        has_no_body = self._http.method == "HEAD" or error.status == HTTPStatus.NOT_MODIFIED
        return HttpAnswer(error.status, answer.headers, b"" if has_no_body else answer.body)

    @property
    def _invalid(self) -> str:
        """The code for an invalid request: services that speak the query protocol, or once did, have another one."""
        metadata = self._model.service_model.metadata
        is_query = metadata["protocol"] == "query" or "awsQueryCompatible" in metadata
        return "ValidationError" if is_query else "ValidationException"

    @property
    def _holds_json(self) -> bool:
        shape = body_shape(self.input_shape)
        return "json" in self._protocol and (shape is None or isinstance(shape, StructureShape))

    @property
    def _protocol(self) -> str:
        return determine_request_protocol(self._model.service_model, self._http.content_type)

    def _status(self, result: dict[str, Any]) -> int | None:
        if self.service == "s3" and "ContentRange" in result:
            return HTTPStatus.PARTIAL_CONTENT
        shape = self.output_shape
        for name, member in shape.members.items() if isinstance(shape, StructureShape) else ():
            if name in result and member.serialization.get("location") == "statusCode":
                return int(result[name])
        return None

    def _payload_type(self, result: dict[str, Any]) -> dict[str, str]:
        shape = self.output_shape
        for name, member in shape.members.items() if isinstance(shape, StructureShape) else ():
            binding = member.serialization
            if name in result and (binding.get("location"), binding.get("name")) == ("header", "Content-Type"):
                return {"Content-Type": result[name]}
        return {}

    def _serializer(self) -> Any:
        kind = XmlAnswers if self.service == "s3" else get_serializer_class(self.service, self._protocol)
        return kind(self._model)


class _SerialisedError(ServiceException):
    """What moto's serialisers take for an error; of this module, so that they look no further than the service."""

    members: Mapping[str, Any]


def refused(error: AwsError, environ: WSGIEnvironment, family: Family) -> HttpAnswer:
    """Return the answer to a request whose operation is not known."""
    if environ["REQUEST_METHOD"] == "HEAD":
        return HttpAnswer(error.status, [("Content-Length", "0")], b"")
    if family == "json":
        body = json.dumps({"__type": error.code, "message": error.message})
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code)]
        return HttpAnswer(error.status, headers, body.encode())
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    is_query = family == "query"
    body = f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>" if is_query else f"<Error>{inner}</Error>"
    return HttpAnswer(error.status, [("Content-Type", "text/xml")], body.encode())


def error_code(answer: Iterable[bytes], headers: Mapping[str, str], status: int) -> str:
    """Read the error code out of an answer; its status, when there is none, as to a HEAD request."""
    body = b"".join(answer)
    if match := _XML_CODE.search(body):
        return match[1].decode()
    try:
        kind = json.loads(body).get("__type") or headers.get("x-amzn-errortype", "")
    except (ValueError, AttributeError):
        kind = headers.get("x-amzn-errortype", "")
    return str(kind).rpartition("#")[2].partition(":")[0] or str(status)


def _aware(value: Any) -> datetime:
    return parse_timestamp(value).astimezone(UTC)


def _http_answer(serialized: Any) -> HttpAnswer:
    # An answer without content has none, or it would be read as the beginning of the next one.
    body = b"" if serialized["status_code"] == HTTPStatus.NO_CONTENT else serialized["body"]
    headers = [(name, str(value)) for name, value in serialized["headers"].items()]
    return HttpAnswer(serialized["status_code"], headers, body.encode() if isinstance(body, str) else bytes(body))
