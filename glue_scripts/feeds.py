"""Moving a feed: download with retries, recognise an unchanged source, publish one file atomically.

Glue ships one script per job. This module travels beside the two import jobs and is imported as the top-level
module that Glue makes of it: ``--extra-py-files s3://…/job_contract.py,s3://…/table_files.py,s3://…/feeds.py``.

Sources are ``https://``, ``s3://`` and ``file://`` URLs, and ``http://`` on this machine alone; targets are ``s3://``
and ``file://``.
"""

import gzip
import logging
import shutil
import string
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from botocore.exceptions import BotoCoreError, ClientError
from job_contract import FeedError
from table_files import bucket_and_key, copy_file, fetch_file, local_path, read_metadata, s3_client
from urllib3.exceptions import HTTPError, ReadTimeoutError

from processing.feed_dates import FeedDate, date_of_answer, date_of_file, date_of_object, metadata_of

log = logging.getLogger(__name__)

_TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK_BYTES = 1 << 20
# Servers that compress on the fly drop Content-Length, and with it our proof that the download is whole.
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_HEADERS = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long an HTTP source is tried."""

    attempts: int = 4
    """Number of tries; only transient faults are tried again."""
    first_wait: float = 1.0
    """Seconds before the second try; doubles with each try."""
    timeout: tuple[float, float] = (10.0, 60.0)
    """Seconds without an answer (connecting, then between two pieces of the body) that count as a fault."""
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class SourceVersion:
    """What a source says about its current content; an unknown part is the empty string.

    Stored beside the published file (S3 user metadata), so the parts are ASCII. `date` and `basis` say when the content
    was made, as `processing.feed_dates` has it, and take no part in comparisons.
    """

    source: str
    etag: str = ""
    modified: str = ""
    size: str = ""
    date: str = field(default="", compare=False)
    basis: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            object.__setattr__(self, name, quote(value, safe=string.punctuation + " "))

    def is_same_content(self, other: "SourceVersion") -> bool:
        """Return whether both describe the same bytes: by ETag, else by Last-Modified and size, else by size."""
        if self.source != other.source:
            return False
        if self.etag and other.etag:
            return self.etag == other.etag
        if self.modified and other.modified and self.modified != other.modified:
            return False
        return bool(self.size) and self.size == other.size


class _TransientError(Exception):
    """A fault that may be gone on the next try."""


def fetch(feed: str, url: str, destination: Path, policy: RetryPolicy) -> SourceVersion:
    """Download a source into a local file, in constant memory, and return the version of what was downloaded.

    The policy applies to HTTP sources; S3 has boto3's own retries.

    Raises
    ------
    FeedError
        The source does not exist, refuses, or keeps failing.
    """
    if _is_http(url):
        return _fetch_http(feed, url, destination, policy)
    version = _describe_file(feed, url)
    with _failing_as_feed_error(feed, url):
        fetch_file(url, destination)
    return version


def is_unchanged(feed: str, url: str, target_uri: str, policy: RetryPolicy) -> bool:
    """Return whether the published file was made from what the source holds now, without downloading it.

    A source that does not answer ``HEAD`` counts as changed: the download that follows says what is wrong.
    """
    stored = _stored_version(target_uri)
    if stored is None:
        return False
    current = _describe_http(feed, url, policy) if _is_http(url) else _describe_file(feed, url)
    return current is not None and stored.is_same_content(current)


def publish(path: Path, target_uri: str, version: SourceVersion) -> None:
    """Put a finished file at its place in one atomic step, so that readers see the old file or the new one.

    The version is kept with it, as the file's metadata.
    """
    if target_uri.startswith("s3://"):
        bucket, key = bucket_and_key(target_uri)
        s3_client().upload_file(str(path), bucket, key, ExtraArgs={"Metadata": asdict(version)})
        return
    copy_file(path.resolve().as_uri(), target_uri, asdict(version))


def _fetch_http(feed: str, url: str, destination: Path, policy: RetryPolicy) -> SourceVersion:
    waits = [policy.first_wait * 2**number for number in range(policy.attempts - 1)]
    for wait in waits:
        try:
            return _fetch_http_once(feed, url, destination, policy)
        except _TransientError as fault:
            log.warning("feed %s: %s; next try in %g s", feed, fault, wait)
            policy.sleep(wait)
    try:
        return _fetch_http_once(feed, url, destination, policy)
    except _TransientError as fault:
        remedy = "The server or the network is failing: run the job again later, or point it to a copy of the feed"
        raise FeedError(feed, url, f"{fault} (tried {policy.attempts} times)", remedy) from fault


def _fetch_http_once(feed: str, url: str, destination: Path, policy: RetryPolicy) -> SourceVersion:
    received = 0
    try:
        with _ask("GET", feed, url, policy, stream=True) as response:
            status = f"the server answered HTTP {response.status_code} {response.reason}"
            if response.status_code in _TRANSIENT_STATUS:
                raise _TransientError(status)
            if response.status_code != requests.codes.ok:
                raise FeedError(feed, url, status, "Check the URL in the job's arguments against the publisher's page")
            with destination.open("wb") as file:
                for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
                    file.write(chunk)
                    received += len(chunk)
            headers = response.headers
    except (requests.Timeout, ReadTimeoutError) as error:
        raise _TransientError(f"the server did not answer within {policy.timeout} s (connect, read)") from error
    except (requests.ConnectionError, HTTPError) as error:
        raise _TransientError(f"the connection failed: {error}") from error
    except requests.RequestException as error:
        raise FeedError(feed, url, f"the download failed: {error}", "Check the URL in the job's arguments") from error
    promised = headers.get("Content-Length", "")
    if promised and int(promised) != received:
        raise _TransientError(f"the download broke off after {received} of {promised} bytes")
    _decode(feed, url, headers.get("Content-Encoding", "identity"), destination)
    return _http_version(url, headers, default_size=str(received))


def _decode(feed: str, url: str, encoding: str, file: Path) -> None:
    """Decompress what a server has compressed on the fly, though it was asked not to.

    Not left to requests, which takes a gzip stream that ends early for a whole one.
    """
    if encoding.lower() == "identity":
        return
    if encoding.lower() not in ("gzip", "x-gzip"):
        problem = f"the server answered with Content-Encoding {encoding!r}, which was not asked for"
        raise FeedError(feed, url, problem, "Point the job to an s3:// copy of the feed")
    compressed = file.rename(file.with_name(f"{file.name}.gz"))
    try:
        with gzip.open(compressed) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        raise _TransientError(f"the download broke off: its gzip encoding is not whole ({error})") from error
    finally:
        compressed.unlink()


def _describe_http(feed: str, url: str, policy: RetryPolicy) -> SourceVersion | None:
    try:
        response = _ask("HEAD", feed, url, policy)
    except requests.RequestException as error:
        log.warning("cannot ask %s for its version: %s", url, error)
        return None
    return _http_version(url, response.headers) if response.status_code == requests.codes.ok else None


def _ask(method: str, feed: str, url: str, policy: RetryPolicy, *, stream: bool = False) -> requests.Response:
    """Send a request and follow redirects, but only to addresses where nobody in between can change the feed."""

    def check_redirection(response: requests.Response, **_: Any) -> None:
        if response.is_redirect:
            _require_encryption(feed, url, urljoin(response.url, response.headers["Location"]))

    _require_encryption(feed, url, url)
    return requests.request(
        method,
        url,
        allow_redirects=True,
        stream=stream,
        timeout=policy.timeout,
        headers=_HEADERS,
        hooks={"response": check_redirection},
    )


def _http_version(url: str, headers: Any, default_size: str = "") -> SourceVersion:
    return SourceVersion(
        source=url,
        etag=headers.get("ETag", ""),
        modified=headers.get("Last-Modified", ""),
        size=headers.get("Content-Length", default_size),
        **metadata_of(date_of_answer(headers)),
    )


def _describe_file(feed: str, url: str) -> SourceVersion:
    """Return the version of an ``s3://`` or ``file://`` source."""
    with _failing_as_feed_error(feed, url):
        if url.startswith("s3://"):
            bucket, key = bucket_and_key(url)
            head = s3_client().head_object(Bucket=bucket, Key=key)
            stored = head["LastModified"]
            made = date_of_object(head["Metadata"], stored)
            return _version(url, head["ETag"], stored.isoformat(), head["ContentLength"], made)
        if url.startswith("file://"):
            stat = local_path(url).stat()
            return _version(url, "", str(stat.st_mtime_ns), stat.st_size, date_of_file(stat.st_mtime))
    raise FeedError(feed, url, "the URL scheme is not supported", "Use https://, s3:// or file://")


def _version(url: str, etag: str, modified: str, size: int, made: FeedDate) -> SourceVersion:
    return SourceVersion(url, etag, modified, str(size), **metadata_of(made))


@contextmanager
def _failing_as_feed_error(feed: str, url: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        remedy = "Check the URL in the job's arguments and that the job may read it"
        raise FeedError(feed, url, f"it cannot be read: {error}", remedy) from error


def _stored_version(target_uri: str) -> SourceVersion | None:
    """Return the version that the published file was made from; None without a file."""
    metadata = read_metadata(target_uri)
    if metadata is None:
        return None
    return SourceVersion(**{part.name: metadata.get(part.name, "") for part in fields(SourceVersion)})


def _is_http(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _require_encryption(feed: str, url: str, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        reason = "http:// is not encrypted" if address == url else f"it redirects to {address}, which is not encrypted"
        raise FeedError(feed, url, reason, "Use https://, or an s3:// copy of the feed")
