"""Data capture: invocations as JSON lines in S3, in SageMaker's format."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import now
from local_aws.kernel.work import Loop
from local_aws.services.sagemaker.hosting.serving import Serving

_FLUSH_SECONDS = 2.0
_log = logging.getLogger(__name__)


class DataCapture:
    """Captures a share of the invocations of endpoints whose configuration asks for it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lines: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()
        self._loop = Loop("data capture", self._flush, gather_seconds=_FLUSH_SECONDS)

    def start(self) -> None:
        """Start to write."""
        self._loop.start()

    def stop(self) -> None:
        """Write what is left."""
        self._loop.stop()

    def capture(
        self, serving: Serving, request: Mapping[str, Any], content_type: str, body: bytes, answer_type: str
    ) -> None:
        """Capture an invocation, if it is of the sample."""
        config = serving.data_capture
        if config is None or random.random() * 100 >= config["InitialSamplingPercentage"]:  # noqa: S311 (a sample)
            return
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        data: dict[str, Any] = {}
        if modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = _part("INPUT", request["Body"], content_type, config)
        if modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = _part("OUTPUT", body, answer_type, config)
        event = {"eventId": str(uuid.uuid4()), "inferenceTime": f"{now():%Y-%m-%dT%H:%M:%SZ}"}
        if "InferenceId" in request:
            event["inferenceId"] = request["InferenceId"]
        line = json.dumps({"captureData": data, "eventMetadata": event, "eventVersion": "0"})
        prefix = f"{config['DestinationS3Uri'].rstrip('/')}/{serving.endpoint}/{serving.variant}"
        with self._lock:
            self._lines[prefix].append(line)
        self._loop.ask()
        if self._loop.is_stopping:
            # The thread may have written for the last time.
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, defaultdict(list)
        for prefix, captured in lines.items():
            try:
                self._write(prefix, captured, now())
            except (AwsError, OSError) as error:
                _log.warning(
                    "%d captured invocations are lost: %s cannot be written: %s",
                    len(captured),
                    prefix,
                    error,
                )

    def _write(self, prefix: str, lines: Iterable[str], at: datetime) -> None:
        name = f"{at:%Y/%m/%d/%H/%M-%S}-{at.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        bucket, key = split_uri(f"{prefix}/{name}")
        self._context.objects.put_bytes(bucket, key, "".join(f"{line}\n" for line in lines).encode())


def _part(mode: str, content: bytes, content_type: str, config: Mapping[str, Any]) -> dict[str, str]:
    data, encoding = _encoded(content, content_type, config.get("CaptureContentTypeHeader", {}))
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoded(content: bytes, content_type: str, headers: Mapping[str, Any]) -> tuple[str, str]:
    """Return content as text where its type is listed, as base64 otherwise."""
    media_type = content_type.partition(";")[0].strip().lower()
    for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
        if media_type in (listed.lower() for listed in headers.get(member, [])):
            try:
                return content.decode(), encoding
            except UnicodeDecodeError:
                break
    return base64.b64encode(content).decode(), "BASE64"
