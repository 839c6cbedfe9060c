"""Glue job ``import_income_data``: the IRS's income statistics by ZIP code, as one parquet file per tax year.

Plain Python (no Spark session, so no JVM); ``feeds`` and ``job_contract`` come through ``--extra-py-files``.

Arguments: ``--JOB_NAME``, ``--SOURCE_URL`` (a ``.csv`` or ``.csv.gz``), ``--TARGET_URI s3://raw/income/``,
``--TAX_YEAR 2016``, and optionally ``--FORCE true`` (import even if the source did not change).

Writes ``year=<tax year>/income.parquet`` with the state, the ZIP code and the eleven counts that the lab uses: 13 of
147 columns. All states stay in: the raw zone mirrors its source, and ``prep_data_for_ml`` filters to New York. The
national file has over 200 MB: it passes through local disk and memory block by block.
"""

import csv
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from feeds import RetryPolicy, fetch, is_unchanged, publish
from job_contract import FeedError, job_arguments, log_to_stdout, parse_flag

from processing.table_columns import INCOME_COUNTS, INCOME_KEYS

log = logging.getLogger("import_income_data")

FEED = "income"
SCHEMA = pa.schema([(name, pa.string()) for name in INCOME_KEYS] + [(name, pa.int64()) for name in INCOME_COUNTS])
"""Columns of the raw zone's income data, in the IRS file's order."""

_BLOCK_BYTES = 2 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_REMEDY = "Check that SOURCE_URL is the IRS's ZIP-code file 'with AGI' (…zpallagi.csv) of the tax year"


def convert_csv(source: Path, target: Path, url: str) -> int:
    """Check the IRS file, write the needed columns as parquet in constant memory, and return the row count.

    Parameters
    ----------
    source
        Local CSV file, gzipped or not, whatever its name. Header case does not matter (the IRS writes ``mars1``).
    target
        Parquet file to write, with columns as in ``SCHEMA``: ``zipcode`` padded to five digits, counts as whole
        numbers, ``**`` and empty fields null.
    url
        Where the file came from, for messages.

    Raises
    ------
    FeedError
        The content is not a comma-separated file with these columns and at least one row of numbers.
    """
    rows = 0
    with pq.ParquetWriter(target, SCHEMA) as writer:
        for batch in _read_batches(source, _find_columns(_read_header(source, url), url), url):
            writer.write_batch(_convert_batch(batch, rows, url))
            rows += batch.num_rows
    if rows == 0:
        raise FeedError(FEED, url, "the file has a header but no rows", _REMEDY)
    return rows


def run(source_url: str, target_uri: str, tax_year: int, *, force: bool, policy: RetryPolicy | None = None) -> int:
    """Import one tax year; return the rows written, 0 if the source did not change and `force` is not set.

    Raises
    ------
    FeedError
        The feed is not as expected. The partition has not been touched then.
    """
    policy = policy or RetryPolicy()
    target = f"{target_uri.rstrip('/')}/year={tax_year}/income.parquet"
    if not force and is_unchanged(FEED, source_url, target, policy):
        log.info("feed income: %s did not change since %s was written", source_url, target)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        download, converted = Path(folder, "income.csv"), Path(folder, "income.parquet")
        version = fetch(FEED, source_url, download, policy)
        rows = convert_csv(download, converted, source_url)
        publish(converted, target, version)
    log.info("feed income: %d rows from %s to %s", rows, source_url, target)
    return rows


def _open_stream(source: Path) -> pa.NativeFile:
    with source.open("rb") as file:
        compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    return pa.input_stream(str(source), compression="gzip" if compressed else None)


def _read_header(source: Path, url: str) -> list[str]:
    """Return the column names as written in the first line."""
    try:
        with _open_stream(source) as stream:
            start = stream.read(64 << 10)
        line = start.decode("utf-8-sig", errors="replace").partition("\n")[0].strip()
    except OSError as error:
        raise FeedError(FEED, url, f"the file cannot be decompressed: {error}", _REMEDY) from error
    if not line:
        raise FeedError(FEED, url, "the file is empty", _REMEDY)
    if line.startswith("<"):
        raise FeedError(FEED, url, "the source sent an HTML page instead of CSV", _REMEDY)
    names = next(csv.reader([line]))
    if len(names) == 1:
        delimiter = next((mark for mark in ";\t|" if mark in line), None)
        hint = f" (it seems to be delimited by {delimiter!r})" if delimiter else ""
        raise FeedError(FEED, url, f"the header has no commas{hint}: {line[:80]!r}", f"{_REMEDY}, comma-separated")
    return names


def _find_columns(names: list[str], url: str) -> list[str]:
    """Return the names that the columns of ``SCHEMA`` have in the file."""
    name_in_file: dict[str, str] = {}
    for name in names:
        column = next((column for column in SCHEMA.names if column.lower() == name.strip().lower()), None)
        if column in name_in_file:
            raise FeedError(FEED, url, f"the header has the column '{column}' more than once", _REMEDY)
        if column:
            name_in_file[column] = name
    if missing := [column for column in SCHEMA.names if column not in name_in_file]:
        raise FeedError(FEED, url, f"the header has no column {', '.join(map(repr, missing))}", _REMEDY)
    return [name_in_file[column] for column in SCHEMA.names]


def _read_batches(source: Path, columns: list[str], url: str) -> Iterator[pa.RecordBatch]:
    """Yield blocks of the file with these columns as text, missing values as null."""
    options = pa_csv.ConvertOptions(
        include_columns=columns,
        column_types={name: pa.string() for name in columns},
        null_values=["", "**"],
        strings_can_be_null=True,
    )
    rows = 0
    try:
        with (
            _open_stream(source) as stream,
            pa_csv.open_csv(stream, pa_csv.ReadOptions(block_size=_BLOCK_BYTES), convert_options=options) as reader,
        ):
            for batch in reader:
                yield batch
                rows += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        problem = f"the CSV cannot be read after data row {rows}: {str(error)[:300]}"
        remedy = (
            "The file is truncated, damaged or not comma-separated: fetch it again, or compare it with the publisher's"
        )
        raise FeedError(FEED, url, problem, remedy) from error


def _convert_batch(batch: pa.RecordBatch, rows_before: int, url: str) -> pa.RecordBatch:
    """Convert text columns under the file's names to the types and names of ``SCHEMA``."""
    state, zipcode, *counts = (pc.utf8_trim_whitespace(column) for column in batch.columns)
    for name, column in (("STATE", state), ("zipcode", zipcode), ("agi_stub", counts[0])):
        if column.null_count:
            row = rows_before + pc.index(column.is_null(), True).as_py() + 1
            raise FeedError(FEED, url, f"the column '{name}' is empty in data row {row}", _REMEDY)
    _refuse_mismatch(zipcode, r"^\d{1,5}$", "zipcode", rows_before, url)
    numbers = [
        _to_whole_numbers(column, name, rows_before, url) for name, column in zip(INCOME_COUNTS, counts, strict=True)
    ]
    padded = pc.utf8_lpad(zipcode, width=5, padding="0")
    return pa.record_batch([pc.utf8_upper(state), padded, *numbers], schema=SCHEMA)


def _to_whole_numbers(column: pa.Array, name: str, rows_before: int, url: str) -> pa.Array:
    """Parse numbers; some years of the IRS file write counts as ``60.0000``."""
    _refuse_mismatch(column, r"^-?\d{1,15}(\.0*)?$", name, rows_before, url)
    return column.cast(pa.float64()).cast(pa.int64())


def _refuse_mismatch(column: pa.Array, pattern: str, name: str, rows_before: int, url: str) -> None:
    """Fail on the first text that is not a number of the expected form."""
    position = pc.index(pc.match_substring_regex(column, pattern), False).as_py()
    if position >= 0:
        text = column[position].as_py()
        problem = f"the column '{name}' has {text!r} in data row {rows_before + position + 1}, not a whole number"
        raise FeedError(FEED, url, problem, "Correct the row, or fetch the file again in case it was damaged")


def main() -> None:
    """Run the job with the arguments that Glue passes."""
    log_to_stdout()
    arguments = job_arguments(("JOB_NAME", "SOURCE_URL", "TARGET_URI", "TAX_YEAR"), {"FORCE": "false"})
    if not (arguments["TAX_YEAR"].isdecimal() and len(arguments["TAX_YEAR"]) == 4):
        raise ValueError(f"--TAX_YEAR {arguments['TAX_YEAR']!r} is not a year: use four digits")
    force = parse_flag(arguments["FORCE"])
    run(arguments["SOURCE_URL"], arguments["TARGET_URI"], int(arguments["TAX_YEAR"]), force=force)


if __name__ == "__main__":
    main()
