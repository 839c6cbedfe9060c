"""Sends malformed requests to a server, and judges the answers."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import boto3
from botocore.config import Config

from tests.fuzz.plan import malformed, signing_name
from tests.fuzz.wire import RawAnswer, RawRequest, send, signed

HANG_SECONDS = 1.0
_MAY_WAIT = frozenset({"Invoke", "InvokeEndpoint", "ReceiveMessage"})


@dataclass
class Report:
    """What was found: requests answered, faults by kind with the request, and the statuses."""

    answered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    bare: list[tuple[RawRequest, RawAnswer]] = field(default_factory=list)
    server_faults: list[tuple[RawRequest, RawAnswer]] = field(default_factory=list)
    unanswered: list[tuple[RawRequest, RawAnswer]] = field(default_factory=list)
    hangs: list[tuple[RawRequest, RawAnswer]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether each request had an answer with a code, none of them the server's own fault, in time."""
        return not (self.bare or self.server_faults or self.unanswered or self.hangs)

    def note(self, request: RawRequest, answer: RawAnswer) -> None:
        """Judge an answer."""
        self.answered += answer.status != 0
        self.statuses[answer.status] += 1
        case = (request, answer)
        if answer.status == 0 and not request.is_cut:
            self.unanswered.append(case)
        if answer.status >= HTTPStatus.BAD_REQUEST and not answer.code and request.method != "HEAD":
            self.bare.append(case)
        elif answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != HTTPStatus.NOT_IMPLEMENTED:
            self.server_faults.append(case)
        if answer.seconds > HANG_SECONDS and request.operation not in _MAY_WAIT:
            self.hangs.append(case)

    def lines(self) -> list[str]:
        """Return the report, with one example per operation and kind."""
        statuses = ", ".join(f"{status}: {number}" for status, number in sorted(self.statuses.items()))
        lines = [f"{sum(self.statuses.values())} requests, {self.answered} answered ({statuses})"]
        kinds = {"bare": self.bare, "5xx": self.server_faults, "no answer": self.unanswered, "> 1 s": self.hangs}
        for kind, cases in kinds.items():
            lines.append(f"{len(cases)} {kind}")
            seen = set()
            for request, answer in cases:
                key = (request.service, request.operation, answer.code, answer.body[-150:])
                if key not in seen:
                    seen.add(key)
                    lines.append(
                        f"  {request.service}:{request.operation} {request.method} {request.target[:80]} "
                        f"{request.body[:120]!r} -> {answer.status} {answer.body[:300]!r} {answer.seconds:.1f} s"
                    )
        return lines


def run(environment: Mapping[str, str], operations: list[tuple[str, str]], seed: int, count: int) -> Report:
    """Send `count` requests of a seed to the server of an environment, and return what was found.

    Parameters
    ----------
    environment
        The variables that point AWS clients at the server, keys included.
    operations
        Services and operations to call.
    """
    known = resources(environment)
    report = Report()
    for request in malformed(seed, operations, known, count):
        prepared = signed(request, environment, signing_name(request.service))
        answer = send(prepared, environment["AWS_ENDPOINT_URL"])
        if answer.seconds > HANG_SECONDS:
            # What hangs does so again; the first call of a service, and a busy machine, do not.
            answer = send(prepared, environment["AWS_ENDPOINT_URL"])
        report.note(prepared, answer)
    return report


def resources(environment: Mapping[str, str]) -> dict[str, Any]:
    """Create some resources; return the values of members that name them."""
    clients = {name: _client(environment, name) for name in ("s3", "sqs", "sns", "iam", "events", "glue")}
    with contextlib.suppress(clients["s3"].exceptions.ClientError):
        clients["s3"].create_bucket(Bucket="fuzzed")
    clients["s3"].put_object(Bucket="fuzzed", Key="a", Body=b"a,b\n1,2\n")
    queue = clients["sqs"].create_queue(QueueName="fuzzed")["QueueUrl"]
    topic = clients["sns"].create_topic(Name="fuzzed")["TopicArn"]
    with contextlib.suppress(clients["glue"].exceptions.ClientError):
        clients["glue"].create_database(DatabaseInput={"Name": "a"})
    return {"Bucket": "fuzzed", "Key": "a", "QueueUrl": queue, "TopicArn": topic, "DatabaseName": "a"}


def _client(environment: Mapping[str, str], service: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
