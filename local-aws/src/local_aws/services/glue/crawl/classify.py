"""Recognises a file's format, as the first of Glue's built-in classifiers that fits."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from local_aws.kernel.objects import ObjectInfo
from local_aws.services.glue.crawl.csv_files import CsvShape, count_records, read_csv_shape
from local_aws.services.glue.crawl.schema import Schema

SAMPLE_BYTES = 1 << 20
"""Glue reads up to the first megabyte of a CSV file."""

_GZIP = b"\x1f\x8b"
_OTHER_FORMATS = {
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"{": "json",
    b"[": "json",
    b"<": "xml",
    b"\xe0\x01\x00\xea": "ion",
}


class UnsupportedFormatError(ValueError):
    """Raised for a file of a format that Glue would crawl and that is not crawled here."""


@dataclass(frozen=True)
class FileFormat:
    """What files must have in common to be of one table."""

    classification: str
    compression: str = "none"
    """``"none"`` or ``"gzip"``; parquet compresses inside the file, which counts as none."""
    delimiter: str = ""
    """A CSV file's column delimiter; empty for parquet."""
    header: bool = False
    """True if a CSV file's first row names its columns."""


@dataclass(frozen=True)
class DataFile:
    """A file that a classifier has recognised."""

    key: str
    size: int
    format: FileFormat
    schema: Schema
    records: int


def classify(file: ObjectInfo) -> DataFile | None:
    """Recognise one object; None if it is of no format that Glue knows.

    Raises
    ------
    UnsupportedFormatError
        If Glue would recognise it and this crawler cannot.
    """
    uri = f"s3://{file.bucket}/{file.key}"
    sample, compression = _sample(file.path)
    if sample.startswith(b"PAR1"):
        # Arrow takes a while to import: only crawls of parquet pay for it, not the start of the server.
        from local_aws.services.glue.crawl.parquet_files import read_parquet_schema

        schema, records = read_parquet_schema(file.path, uri)
        return DataFile(file.key, file.size, FileFormat("parquet"), schema, records)
    for magic, name in _OTHER_FORMATS.items():
        if sample.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
            raise UnsupportedFormatError(
                f"{uri} is {name}, and local_aws crawls parquet and CSV; write it in one of these, or exclude it "
                "from the target (Exclusions)"
            )
    shape = read_csv_shape(sample, complete=len(sample) < SAMPLE_BYTES)
    if shape is None:
        return None
    return DataFile(file.key, file.size, _csv_format(shape, compression), shape.schema, _records(file.path, shape))


def _csv_format(shape: CsvShape, compression: str) -> FileFormat:
    return FileFormat("csv", compression, shape.delimiter, shape.header)


def _sample(path: Path) -> tuple[bytes, str]:
    with path.open("rb") as stream:
        raw = stream.read(SAMPLE_BYTES)
    if not raw.startswith(_GZIP):
        return raw, "none"
    try:
        with gzip.open(path) as stream:
            return stream.read(SAMPLE_BYTES), "gzip"
    except (EOFError, OSError, zlib.error):
        return raw, "none"


def _records(path: Path, shape: CsvShape) -> int:
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP
    with gzip.open(path) if compressed else path.open("rb") as stream:
        return count_records(stream) - shape.header
