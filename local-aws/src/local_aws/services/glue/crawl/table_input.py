"""Writes found tables and partitions in the catalog's own form, with the metadata that Glue's crawlers set."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.services.glue.crawl.classify import DataFile, FileFormat
from local_aws.services.glue.crawl.grouping import PartitionFound, TableFound
from local_aws.services.glue.crawl.schema import Schema

CRAWLER_PARAMETER = "UPDATED_BY_CRAWLER"
DEPRECATED_PARAMETER = "DEPRECATED_BY_CRAWLER"

_LONGEST_NAME = 128
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]")
_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
}
"""Input format, output format and SerDe."""


@dataclass(frozen=True)
class Origin:
    """What the catalog entries of one target share."""

    crawler: str
    bucket: str
    table_prefix: str = ""
    exclusions: tuple[str, ...] = ()

    def uri(self, key: str) -> str:
        """Return the S3 URI of a key of the bucket."""
        return f"s3://{self.bucket}/{key}"


def table_name(table: TableFound, origin: Origin, taken: Iterable[str]) -> str:
    """Name a table after its folder or file: lower case, anything but letters and digits an underscore.

    Parameters
    ----------
    taken
        Names that other tables have; a clash is resolved as in Glue, by a hash at the end.
    """
    base = table.location.rstrip("/").rpartition("/")[2] or origin.bucket
    name = f"{origin.table_prefix}{_NOT_IN_NAMES.sub('_', base.lower())}"[:_LONGEST_NAME]
    if name not in taken:
        return name
    digest = hashlib.md5(origin.uri(table.location).encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST_NAME - len(digest) - 1]}_{digest}"


def table_input(table: TableFound, name: str, origin: Origin) -> dict[str, Any]:
    """Return the ``TableInput`` of a found table."""
    storage = _storage(table.location, table.schema, table.format, table.files, origin)
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in partition_key_names(table.keys, table.schema)],
        "Parameters": dict(storage["Parameters"]),
        "StorageDescriptor": storage,
    }


def partition_input(partition: PartitionFound, origin: Origin) -> dict[str, Any]:
    """Return the ``PartitionInput`` of a found partition."""
    file_format = partition.files[0].format
    storage = _storage(partition.folder, partition.schema, file_format, partition.files, origin)
    return {
        "Values": list(partition.values),
        "Parameters": dict(storage["Parameters"]),
        "StorageDescriptor": storage,
    }


def partition_key_names(keys: Sequence[str | None], schema: Schema) -> list[str]:
    """Name the partition keys; those without a name, or with that of a data column, are partition_0 and so on."""
    taken = {column.name for column in schema}
    names: list[str] = []
    unnamed = 0
    for key in keys:
        if key is None or key in taken:
            key = f"partition_{unnamed}"
            unnamed += 1
        names.append(key)
    return names


def _storage(
    location: str, schema: Schema, file_format: FileFormat, files: Sequence[DataFile], origin: Origin
) -> dict[str, Any]:
    input_format, output_format, serde = _FORMATS[file_format.classification]
    csv = file_format.classification == "csv"
    return {
        "Columns": [{"Name": column.name, "Type": column.type} for column in schema],
        "Location": origin.uri(location),
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "Compressed": file_format.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": serde,
            "Parameters": {"field.delim": file_format.delimiter} if csv else {"serialization.format": "1"},
        },
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": _parameters(file_format, files, origin),
        "StoredAsSubDirectories": False,
    }


def _parameters(file_format: FileFormat, files: Sequence[DataFile], origin: Origin) -> dict[str, str]:
    size = sum(file.size for file in files)
    records = sum(file.records for file in files)
    parameters = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        CRAWLER_PARAMETER: origin.crawler,
        "averageRecordSize": str(size // records if records else 0),
        "classification": file_format.classification,
        "compressionType": file_format.compression,
        "objectCount": str(len(files)),
        "recordCount": str(records),
        "sizeKey": str(size),
        "typeOfData": "file",
    }
    if file_format.classification == "csv":
        parameters |= {"areColumnsQuoted": "false", "columnsOrdered": "true", "delimiter": file_format.delimiter}
    if file_format.header:
        parameters["skip.header.line.count"] = "1"
    if origin.exclusions:
        parameters["exclusions"] = json.dumps(origin.exclusions)
    return parameters
