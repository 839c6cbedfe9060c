"""Sends an input object's records through a model server and writes the results in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local_aws.kernel.records import Record
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.jobs.csv_filters import Filter, compile_filter, parse_record, write_record
from local_aws.services.sagemaker.jobs.endings import JobFailedError, JobStoppedError
from local_aws.services.sagemaker.jobs.transform_batches import (
    RecordTooLargeError,
    Splitting,
    batch_records,
    join_records,
    read_records,
    read_whole,
)
from local_aws.services.sagemaker.served_models import Server
from local_aws.services.sagemaker.serving.model_server import PRIMARY, ModelServerError, Reply

_EVERYTHING = ("", "$")
_DEFAULT_TIMEOUT_SECONDS = 600
_DEFAULT_RETRIES = 3


@dataclass(frozen=True)
class Plan:
    """How a job's objects are sent and its results written; without a filter the whole record is."""

    splitting: Splitting
    concurrency: int
    headers: dict[str, str]
    compressed: bool
    assemble_lines: bool
    input_filter: Filter | None
    output_filter: Filter | None
    joins: bool
    timeout_seconds: int
    retries: int

    @classmethod
    def of(cls, record: Record, execution_parameters: dict[str, Any]) -> Plan:
        """Read a plan from a job's record, with the container's own parameters for what the job leaves open."""
        source, target = record["TransformInput"], record["TransformOutput"]
        processing, client = record.get("DataProcessing", {}), record.get("ModelClientConfig", {})
        multi = record.get("BatchStrategy") or _camel(execution_parameters["BatchStrategy"])
        return cls(
            splitting=Splitting(
                source.get("SplitType", "None"),
                "MultiRecord" if multi == "MultiRecord" else "SingleRecord",
                record.get("MaxPayloadInMB") or execution_parameters["MaxPayloadInMB"],
            ),
            concurrency=record.get("MaxConcurrentTransforms") or execution_parameters["MaxConcurrentTransforms"],
            headers={
                **({"Content-Type": source["ContentType"]} if source.get("ContentType") else {}),
                **({"Accept": target["Accept"]} if target.get("Accept") else {}),
            },
            compressed=source.get("CompressionType") == "Gzip",
            assemble_lines=target.get("AssembleWith") == "Line",
            input_filter=_filter(processing.get("InputFilter", "$")),
            output_filter=_filter(processing.get("OutputFilter", "$")),
            joins=processing.get("JoinSource") == "Input",
            timeout_seconds=client.get("InvocationsTimeoutInSeconds", _DEFAULT_TIMEOUT_SECONDS),
            retries=client.get("InvocationsMaxRetries", _DEFAULT_RETRIES),
        )


class TransformRun:
    """The run of one transform job."""

    def __init__(self, server: Server, plan: Plan, running: Running) -> None:
        self._server = server
        self._plan = plan
        self._running = running

    def transform(self, source: Path, target: Path) -> None:
        """Write the results of an object's records to a file.

        Raises
        ------
        JobFailedError
            If the model refuses a payload, a record is too large, or records and results cannot be matched.
        JobStoppedError
            If the job is to stop.
        """
        try:
            with target.open("wb") as results:
                for batch, reply in self._replies(self._batches(source)):
                    results.write(self._assembled(batch, reply.body))
        except (RecordTooLargeError, IndexError, UnicodeDecodeError, OSError, EOFError) as error:
            raise JobFailedError(f"ClientError: {error}") from error

    def _batches(self, source: Path) -> Iterator[list[bytes]]:
        plan = self._plan
        if plan.splitting.split_type == "Line":
            return batch_records(read_records(source, plan.compressed), plan.splitting)
        content = read_whole(source, plan.compressed, plan.splitting)
        return iter([[content]] if content else [])

    def _replies(self, batches: Iterable[list[bytes]]) -> Iterator[tuple[list[bytes], Reply]]:
        """Return each batch with its reply, in order; the plan says how many requests are under way at a time."""
        under_way: deque[tuple[list[bytes], Future[Reply]]] = deque()
        with ThreadPoolExecutor(self._plan.concurrency) as pool:
            for batch in batches:
                under_way.append((batch, pool.submit(self._invoke, batch)))
                if len(under_way) > self._plan.concurrency:
                    first, answer = under_way.popleft()
                    yield first, answer.result()
            for batch, answer in under_way:
                yield batch, answer.result()

    def _invoke(self, batch: list[bytes]) -> Reply:
        payload = self._payload(batch)
        failure = ""
        for _ in range(1 + self._plan.retries):
            if self._running.stopping.is_set():
                raise JobStoppedError
            try:
                reply = self._server.invoke(payload, self._plan.headers, self._plan.timeout_seconds)
            except ModelServerError as error:
                failure = str(error)
                continue
            if reply.status == HTTPStatus.OK:
                return reply
            who = "the model" if reply.container == PRIMARY else f"the model's container {reply.container}"
            failure = f"{who} answered {reply.status}: {reply.body.decode('utf-8', 'replace')}"
            if reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        if self._running.stopping.is_set():
            raise JobStoppedError
        raise JobFailedError(f"AlgorithmError: {failure}")

    def _payload(self, batch: list[bytes]) -> bytes:
        if self._plan.splitting.split_type == "None":
            return batch[0]
        chosen = self._plan.input_filter
        if chosen is None:
            return join_records(batch)
        return join_records([write_record(chosen(parse_record(record.decode()))).encode() for record in batch])

    def _assembled(self, batch: list[bytes], body: bytes) -> bytes:
        if not self._plan.joins and self._plan.output_filter is None:
            return body + b"\n" if self._plan.assemble_lines and not body.endswith(b"\n") else body
        results = body.decode().splitlines()
        if len(results) != len(batch):
            raise JobFailedError(
                f"ClientError: the model gave {len(results)} results for {len(batch)} records; they cannot be joined"
            )
        lines = [self._joined(record, result) for record, result in zip(batch, results, strict=True)]
        return "".join(f"{line}\n" for line in lines).encode()

    def _joined(self, record: bytes, result: str) -> str:
        fields = [*(parse_record(record.decode()) if self._plan.joins else []), *parse_record(result)]
        return write_record(self._plan.output_filter(fields) if self._plan.output_filter else fields)


def _filter(path: str) -> Filter | None:
    return None if path in _EVERYTHING else compile_filter(path)


def _camel(strategy: str) -> str:
    """Return the API's word for the container's: ``MULTI_RECORD`` is ``MultiRecord``."""
    return "".join(word.capitalize() for word in strategy.split("_"))
