"""Glue job ``prep_data_for_ml``: playgrounds, their parks and the income of the parks' ZIP codes, in Spark.

Plain Spark DataFrames, no GlueContext; ``job_contract``, ``table_files`` and three modules of ``processing`` come
through ``--extra-py-files``.

Arguments: ``--JOB_NAME``, ``--RAW_URI s3://raw/``, ``--TARGET_URI s3://processed/playgrounds_income/``, and
optionally ``--DATE YYYY-MM-DD``, the day of the partition that is written (default: today in UTC). The job reads the
newest complete partition of each feed, whatever its day. The feeds' own dates and the tax year become the
metadata of the written object: in its bytes they would make the same rows other data.

Rows: one per (playground, ZIP code of its park, AGI bracket). The lab joins parks and income on the raw ZIP text and
thereby loses parks that list several ZIP codes; here each listed ZIP code joins, and ``zip_match`` tells which:

- ``exact``: the park's ZIP text is itself a ZIP code of the income data, as in the lab's join;
- ``list``: it is not, but contains one or more that are ("11201, 11205");
- ``none``: nothing joined; the playground has one row without income.

So the lab's own join is all ``exact`` rows, all ``none`` rows and one row without income per ``list`` playground.
"""

import logging
import re
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from job_contract import (
    FeedError,
    day_partition,
    job_arguments,
    log_to_stdout,
    newest_partition,
    parse_day,
)
from pyspark.sql import DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that PySpark's documentation uses)
from pyspark.sql.types import NumericType, StringType
from table_files import copy_file, create_empty_file, delete_folder, list_files, read_metadata

from processing.feed_dates import BASIS, DATE, TAX_YEAR, parse_date
from processing.table_columns import (
    INCOME_COUNTS,
    INCOME_KEYS,
    KEY,
    LAB_COLUMNS,
    PARK_FIELDS,
    PLAYGROUND_FIELDS,
    PROCESSED_COLUMNS,
    ZIP_MATCHES,
)
from processing.value_domains import STATE_IN_USE

log = logging.getLogger("prep_data_for_ml")

FILE_NAME = "playgrounds_income.parquet"

_ONE_ENCODING_PER_COLUMN = {"parquet.writer.version": "PARQUET_2_0", "parquet.enable.dictionary": "false"}
"""Makes equal rows equal bytes, so that the object's ETag is a digest of the rows.

The footer lists a column's encodings in the order of a Java hash set, which differs from one JVM to the next. With
these settings each column has a single one. The file is a fifth larger.
"""

_LAYOUTS = {"playgrounds": "year=*/month=*/day=*", "parks": "year=*/month=*/day=*", "income": "year=*"}
_NO_ZIP_CODES = ("00000", "99999")
"""The IRS's codes for a state's total and for its small ZIP codes together."""
_IDENTITY_FIELDS = ("Prop_ID", "Playground_ID", "School_ID", "Name", "Location", "lat", "lon")
"""Fields that say which playground a record means, as opposed to what it is like at the moment."""


@dataclass(frozen=True)
class PrepSummary:
    """What a run wrote: the partition's file, its rows in total and by ``zip_match``, and the feeds' dates."""

    file: str
    rows: int
    rows_by_zip_match: dict[str, int]
    metadata: dict[str, str]


def add_playground_key(playgrounds: DataFrame) -> DataFrame:
    """Put a unique, deterministic ``playground_key`` before the feed's columns.

    No id of the feed is unique, so the key is the best id plus a fingerprint of the fields that identify the
    playground: ``B012-02-5f0c9d1e``. A new rating or swing does not change it. Records that agree in all those
    fields are numbered: ``…-2``, ``…-3``.
    """
    best_id = F.coalesce("Playground_ID", F.concat_ws("-", "Prop_ID", "School_ID"))
    identity = F.concat_ws("\x1f", *(F.coalesce(F.col(name), F.lit("")) for name in _IDENTITY_FIELDS))
    key = F.concat_ws("-", best_id, F.substring(F.sha2(identity, 256), 1, 8))
    number = F.row_number().over(Window.partitionBy("key").orderBy(*PLAYGROUND_FIELDS))
    unique_key = F.when(F.col("number") == 1, F.col("key")).otherwise(F.concat_ws("-", "key", "number"))
    numbered = playgrounds.withColumn("key", key).withColumn("number", number)
    return numbered.select(unique_key.alias(KEY), *PLAYGROUND_FIELDS)


def select_new_york_income(income: DataFrame) -> DataFrame:
    """Select New York's rows under the lab's column names, without the state's total and its "other" ZIP codes."""
    rows = income.where((F.col("STATE") == STATE_IN_USE) & ~F.col("zipcode").isin(*_NO_ZIP_CODES))
    return rows.select(*(F.col(name).alias(lab_name) for name, lab_name in LAB_COLUMNS.items()))


def join_parks_to_income(parks: DataFrame, income: DataFrame) -> DataFrame:
    """Return one row per (park, ZIP code, AGI bracket), for parks whose ZIP text contains an income ZIP code.

    Parameters
    ----------
    parks
        ``Prop_ID`` (unique) and ``Zip``: null, one ZIP code, or several in one text.
    income
        As from `select_new_york_income`.

    Returns
    -------
    DataFrame
        ``Prop_ID``, ``zip_match`` (``exact`` or ``list``) and the income columns.
    """
    zip_codes = F.array_distinct(F.regexp_extract_all("Zip", F.lit(r"\b(\d{5})\b")))
    listed = parks.select("Prop_ID", "Zip", F.explode(zip_codes).alias("zipcode"))
    match = F.when(F.col("Zip") == F.col("zipcode"), "exact").otherwise("list")
    return listed.join(F.broadcast(income), "zipcode").select("Prop_ID", match.alias("zip_match"), *income.columns)


def transform(playgrounds: DataFrame, parks: DataFrame, income: DataFrame) -> DataFrame:
    """Left-join playgrounds to their parks and the parks' income on ``Prop_ID``.

    Returns
    -------
    DataFrame
        Columns as in ``PROCESSED_COLUMNS``, in one partition; the same input gives the same rows in the same order.
    """
    zip_texts = parks.select("Prop_ID", F.col("Zip").alias("park_zipcode"))
    park_income = join_parks_to_income(parks, select_new_york_income(income))
    # The feed is small: in one partition from the start, neither the window nor the joins shuffle anything.
    return (
        add_playground_key(playgrounds.coalesce(1))
        .join(F.broadcast(zip_texts), "Prop_ID", "left")
        .join(F.broadcast(park_income), "Prop_ID", "left")
        .fillna("none", "zip_match")
        .select(*PROCESSED_COLUMNS)
        .sortWithinPartitions(KEY, *LAB_COLUMNS.values())
    )


def run(spark: SparkSession, raw_uri: str, target_uri: str, day: date) -> PrepSummary:
    """Join the newest partitions of the raw zone into a day's partition of the processed table.

    Spark's own overwrite deletes the old partition before the new one is complete. Instead the job writes one file to a
    staging folder beside the table, checks it, and copies it onto the partition's file under its fixed name. In S3 a
    PUT shows all of an object or nothing, so readers see the old data or the new, and a job that dies leaves the old.
    The price is one file per partition and one more copy of it, some hundred kilobytes. The same rows produce the same
    bytes, whatever the day.

    Raises
    ------
    FeedError
        An input is missing, lacks a column, has text for numbers, or nothing joins. The partition has not been touched
        then.
    """
    raw_uri, target_uri = raw_uri.rstrip("/"), target_uri.rstrip("/")
    parents, _, table = target_uri.rpartition("/")
    staging_uri = f"{parents}/_{table}-staging-{uuid4().hex}"
    folders = {feed: _newest(raw_uri, feed, layout) for feed, layout in _LAYOUTS.items()}
    playgrounds = _read(spark, "playgrounds", folders["playgrounds"], text=PLAYGROUND_FIELDS)
    parks = _read(spark, "parks", folders["parks"], text=PARK_FIELDS)
    income = _read(spark, "income", folders["income"], text=INCOME_KEYS, numbers=INCOME_COUNTS)

    # Counted while the rows pass by: a count of its own would compute everything twice.
    counts = Observation()
    by_match = [F.count(F.when(F.col("zip_match") == match, 1)).alias(match) for match in ZIP_MATCHES]
    result = transform(playgrounds, parks, income).observe(counts, F.count(F.lit(1)).alias("rows"), *by_match)
    try:
        result.write.options(**_ONE_ENCODING_PER_COLUMN).parquet(staging_uri)
        summary = PrepSummary(
            file=f"{target_uri}/{day_partition(day)}/{FILE_NAME}",
            rows=counts.get["rows"],
            rows_by_zip_match={match: counts.get[match] for match in ZIP_MATCHES},
            metadata=_dates(folders),
        )
        if summary.rows == summary.rows_by_zip_match["none"]:
            problem = f"none of {summary.rows} playgrounds found the ZIP code of its park among New York's rows"
            raise FeedError("income", f"{raw_uri}/income", problem, "Import the IRS file that has New York's rows")
        _publish(staging_uri, summary)
    finally:
        delete_folder(staging_uri)
    log.info("wrote %s", summary)
    return summary


def _newest(raw_uri: str, feed: str, layout: str) -> str:
    """Return the folder of a feed's newest partition."""
    folder = newest_partition(list_files(f"{raw_uri}/{feed}"))
    if folder is None:
        raise FeedError(feed, f"{raw_uri}/{feed}", f"no partition ({layout}) holds a parquet file", _remedy(feed))
    return folder


def _remedy(feed: str) -> str:
    return f"Run the job that imports {feed} into the raw zone"


def _dates(folders: dict[str, str]) -> dict[str, str]:
    """Return the feeds' own dates, by the names that the processed object's metadata has, and the tax year."""
    stated = {feed: read_metadata(f"{folder}/{feed}.parquet") or {} for feed, folder in folders.items()}
    dates = {
        f"{feed}-{DATE}": parse_date(f"{metadata.get(DATE, '')} {metadata.get(BASIS, '')}".strip()).text
        for feed, metadata in stated.items()
    }
    return dates | {TAX_YEAR: folders["income"].rpartition("year=")[2]}


def _read(
    spark: SparkSession, feed: str, folder: str, *, text: tuple[str, ...], numbers: tuple[str, ...] = ()
) -> DataFrame:
    """Read a feed's partition and check its columns."""
    remedy = _remedy(feed)
    frame = spark.read.parquet(folder)
    types = {field.name: field.dataType for field in frame.schema}
    for names, kind, meaning in ((text, StringType, "text"), (numbers, NumericType, "a number")):
        for name in names:
            if name not in types:
                raise FeedError(feed, folder, f"the column '{name}' is missing", remedy)
            if not isinstance(types[name], kind):
                problem = f"the column '{name}' has the type {types[name].simpleString()}, which is not {meaning}"
                raise FeedError(feed, folder, problem, remedy)
    log.info("reading %s from %s", feed, folder)
    return frame


def _publish(staging_uri: str, summary: PrepSummary) -> None:
    """Copy the staged part file onto the partition's and mark the partition as Spark marks a finished one."""
    (part,) = (uri for uri in list_files(staging_uri) if re.search(r"/part-[^/]*\.parquet$", uri))
    copy_file(part, summary.file, summary.metadata)
    create_empty_file(f"{summary.file.rpartition('/')[0]}/_SUCCESS")


def main() -> None:
    """Run the job with the arguments that Glue passes."""
    log_to_stdout()
    arguments = job_arguments(("JOB_NAME", "RAW_URI", "TARGET_URI"), {"DATE": ""})
    day = parse_day(arguments["DATE"])
    with SparkSession.builder.appName(arguments["JOB_NAME"]).getOrCreate() as spark:
        run(spark, arguments["RAW_URI"], arguments["TARGET_URI"], day)


if __name__ == "__main__":
    main()
