"""Glue job ``import_income_data``: the IRS's income statistics by ZIP code, as one parquet file per tax year.

Plain Python (no Spark session, so no JVM); its modules come through ``--extra-py-files``.

Arguments: ``--JOB_NAME``, ``--SOURCE_URL`` (a ``.csv`` or ``.csv.gz``), ``--TARGET_URI s3://raw/income/``, and
optionally ``--TAX_YEAR 2016`` (for a file whose name does not tell it), ``--FORCE true`` (import even if the source did
not change), and ``--MAX_ROW_CHANGE 0.2`` and ``--MAX_MISSING_RISE 0.05``: how far the number of New York's rows and a
column's share of missing values may be from the last accepted import's.

Writes ``year=<tax year>/income.parquet`` with the state, the ZIP code and the eleven counts that the lab uses: 13 of
147 columns. All states stay in: the raw zone mirrors its source, and ``prep_data_for_ml`` filters to New York. The
national file has over 200 MB: it passes through local disk and memory block by block. Files of the tax years from 2011
on have the columns that features need; those of others may be missing, and are null then.
"""

import csv
import logging
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from feeds import RetryPolicy, fetch, is_unchanged, publish
from job_contract import FeedError, job_arguments, log_to_stdout, parse_flag
from last_import import (
    FEWEST_ROWS,
    LIMIT_ARGUMENTS,
    ChangeLimits,
    check_against_last_import,
    check_missing_shares,
    parse_limits,
    select_rows,
)

from processing.table_columns import INCOME_COUNTS, INCOME_KEYS
from processing.value_domains import (
    AGI_BRACKETS,
    EDIT_REMEDY,
    INCOME_DOMAINS,
    STATE_IN_USE,
    UNUSED_INCOME_COUNTS,
    OutsideDomainError,
    outside_domain,
)

log = logging.getLogger("import_income_data")

FEED = "income"
SCHEMA = pa.schema([(name, pa.string()) for name in INCOME_KEYS] + [(name, pa.int64()) for name in INCOME_COUNTS])
"""Columns of the raw zone's income data, in the IRS file's order."""

_NEEDED = tuple(name for name in SCHEMA.names if name not in UNUSED_INCOME_COUNTS)
_FILE_NAME = re.compile(r"(?<!\d)(\d{2})zp(?:all)?(?:no)?agi", re.IGNORECASE)
_BLOCK_BYTES = 2 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_FULLEST_SHARE = 0.95
"""Share of the possible rows that a state has at least; New York lacked 1 of 9,978 in tax year 2016."""
_REMEDY = "Check that SOURCE_URL is the IRS's ZIP-code file 'with AGI' (…zpallagi.csv) of the tax year"


def convert_csv(source: Path, target: Path, url: str) -> int:
    """Check the IRS file, write the needed columns as parquet in constant memory, and return the row count.

    Parameters
    ----------
    source
        Local CSV file, gzipped or not, whatever its name. Header case does not matter (the IRS writes ``mars1``).
    target
        Parquet file to write, with columns as in ``SCHEMA``: ``zipcode`` padded to five digits, counts as whole
        numbers, ``**``, empty fields and unused columns that the file lacks null.
    url
        Where the file came from, for messages.

    Raises
    ------
    FeedError
        The content is not a comma-separated file with these columns and at least one row of values in their domains.
    """
    name_in_file = _find_columns(_read_header(source, url), url)
    outside: dict[str, Counter[str]] = {name: Counter() for name in name_in_file}
    rows = 0
    with pq.ParquetWriter(target, SCHEMA) as writer:
        for batch in _read_batches(source, list(name_in_file.values()), url):
            writer.write_batch(_convert_batch(batch.rename_columns(list(name_in_file)), rows, outside, url))
            rows += batch.num_rows
    if rows == 0:
        raise FeedError(FEED, url, "the file has a header but no rows", _REMEDY)
    sentences = [outside_domain(name, INCOME_DOMAINS[name], texts) for name, texts in outside.items() if texts]
    if sentences:
        remedy = f"{_REMEDY}. {EDIT_REMEDY}" if outside["agi_stub"] else EDIT_REMEDY
        raise FeedError(FEED, url, "; ".join(sentences), remedy)
    return rows


def find_tax_year(url: str, stated: int | None) -> int:
    """Return the tax year: that of the IRS's file name (``16zpallagi.csv``), or the stated one where no name tells it.

    Raises
    ------
    FeedError
        Neither tells the year, or they contradict each other.
    """
    match = _FILE_NAME.search(url.rpartition("/")[2])
    named = 2000 + int(match[1]) if match else None
    if named and stated and named != stated:
        problem = f"its name says tax year {named}, and --TAX_YEAR says {stated}"
        raise FeedError(FEED, url, problem, "Leave out --TAX_YEAR, or correct SOURCE_URL")
    if not (named or stated):
        problem = "its name does not tell the tax year, as 16zpallagi.csv does"
        raise FeedError(FEED, url, problem, "Pass the job the argument --TAX_YEAR with the four digits of the year")
    return named or stated or 0


def run(
    source_url: str,
    target_uri: str,
    tax_year: int | None = None,
    *,
    force: bool,
    limits: ChangeLimits | None = None,
    policy: RetryPolicy | None = None,
) -> int:
    """Import one tax year; return the rows written, 0 if the source did not change and `force` is not set.

    Raises
    ------
    FeedError
        The feed is not as expected. The partition has not been touched then.
    """
    policy = policy or RetryPolicy()
    target = f"{target_uri.rstrip('/')}/year={find_tax_year(source_url, tax_year)}/income.parquet"
    if not force and is_unchanged(FEED, source_url, target, policy):
        log.info("feed income: %s did not change since %s was written", source_url, target)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        download, converted = Path(folder, "income.csv"), Path(folder, "income.parquet")
        version = fetch(FEED, source_url, download, policy)
        rows = convert_csv(download, converted, source_url)
        _check_state(converted, source_url, target_uri.rstrip("/"), limits or ChangeLimits())
        publish(converted, target, version)
    log.info("feed income: %d rows from %s to %s", rows, source_url, target)
    return rows


def _check_state(converted: Path, url: str, folder_uri: str, limits: ChangeLimits) -> None:
    """Check the rows of the state in use: that they are complete, and like those of the last accepted import."""
    where = ("STATE", STATE_IN_USE)
    table = select_rows(pq.ParquetFile(converted).read(), where)
    if table.num_rows == 0:
        raise FeedError(FEED, url, f"no row has the STATE {STATE_IN_USE}", _REMEDY)
    keys = table.group_by(["zipcode", "agi_stub"]).aggregate([([], "count_all")])
    repeated = keys.filter(pc.greater(keys["count_all"], 1))
    if repeated.num_rows:
        first = repeated.slice(0, 1).to_pylist()[0]
        problem = (
            f"{repeated.num_rows:,} pairs of zipcode and agi_stub occur more than once, such as {first['zipcode']} and "
            f"{first['agi_stub']}, which would count their returns twice"
        )
        raise FeedError(FEED, url, problem, "Fetch the file again, or compare it with the publisher's")
    zip_codes, brackets = pc.count_distinct(table["zipcode"]).as_py(), set(table["agi_stub"].to_pylist())
    if FEWEST_ROWS <= table.num_rows < _FULLEST_SHARE * len(AGI_BRACKETS) * zip_codes:
        problem = (
            f"{STATE_IN_USE} has {zip_codes:,} ZIP codes in {table.num_rows:,} rows, with the agi_stub "
            f"{', '.join(map(str, sorted(brackets)))}; each has up to {len(AGI_BRACKETS)} rows, one per agi_stub"
        )
        raise FeedError(FEED, url, problem, _REMEDY)
    for name in UNUSED_INCOME_COUNTS:
        if table[name].null_count == table.num_rows:
            log.warning("feed income: %s has no values of %s, which only the lab's table shows", url, name)
    domains = {name: INCOME_DOMAINS[name] for name in _NEEDED}
    check_missing_shares(FEED, url, table, domains)
    check_against_last_import(FEED, url, table.select(_NEEDED), folder_uri, limits, where)


def _open_stream(source: Path) -> pa.NativeFile:
    with source.open("rb") as file:
        compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    return pa.input_stream(str(source), compression="gzip" if compressed else None)


def _read_header(source: Path, url: str) -> list[str]:
    """Return the column names as written in the first line."""
    try:
        with _open_stream(source) as stream:
            start = stream.read(64 << 10)
    except OSError as error:
        raise FeedError(FEED, url, f"the file cannot be decompressed: {error}", _REMEDY) from error
    line = start.decode("utf-8-sig", errors="replace").partition("\n")[0].strip()
    if not line:
        raise FeedError(FEED, url, "the file is empty", _REMEDY)
    if line.startswith("<"):
        raise FeedError(FEED, url, "the source sent an HTML page instead of CSV", _REMEDY)
    if "\r" in line:
        problem = "its lines end in carriage returns alone, as old Macintosh programs wrote them"
        raise FeedError(FEED, url, problem, "Save the file with line feeds (LF or CR LF)")
    try:
        names = next(csv.reader([line]))
    except csv.Error as error:
        raise FeedError(FEED, url, f"the header is not CSV ({error}): {line[:80]!r}", _REMEDY) from error
    if len(names) == 1:
        delimiter = next((mark for mark in ";\t|" if mark in line), None)
        hint = f" (it seems to be delimited by {delimiter!r})" if delimiter else ""
        raise FeedError(FEED, url, f"the header has no commas{hint}: {line[:80]!r}", f"{_REMEDY}, comma-separated")
    return names


def _find_columns(names: list[str], url: str) -> dict[str, str]:
    """Return the names that columns of ``SCHEMA`` have in the file, by their own; unused columns may be missing."""
    name_in_file: dict[str, str] = {}
    for name in names:
        column = next((column for column in SCHEMA.names if column.lower() == name.strip().lower()), None)
        if column in name_in_file:
            raise FeedError(FEED, url, f"the header has the column '{column}' more than once", _REMEDY)
        if column:
            name_in_file[column] = name
    if missing := [column for column in _NEEDED if column not in name_in_file]:
        raise FeedError(FEED, url, f"the header has no column {', '.join(map(repr, missing))}", _REMEDY)
    return name_in_file


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


def _convert_batch(
    batch: pa.RecordBatch, rows_before: int, outside: dict[str, Counter[str]], url: str
) -> pa.RecordBatch:
    """Convert text columns to the types of ``SCHEMA``; count texts outside their domains, which become null."""
    columns = []
    for field in SCHEMA:
        if field.name in batch.schema.names:
            texts = _parse_column(batch.column(field.name), field.name, rows_before, outside[field.name], url)
            columns.append(texts.cast(field.type))
        else:
            columns.append(pa.nulls(batch.num_rows, field.type))
    return pa.record_batch(columns, schema=SCHEMA)


def _parse_column(column: pa.Array, name: str, rows_before: int, outside: Counter[str], url: str) -> pa.Array:
    """Return a column's values as its domain writes them."""
    domain = INCOME_DOMAINS[name]
    encoded = column.dictionary_encode(null_encoding="encode")
    parsed: list[str | None] = []
    for position, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            parsed.append(domain.parse(text))
        except OutsideDomainError:
            parsed.append(None)
            outside[text] += pc.sum(pc.equal(encoded.indices, position)).as_py()
            continue
        if domain.required and parsed[-1] is None:
            row = rows_before + pc.index(encoded.indices, position).as_py() + 1
            raise FeedError(FEED, url, f"the column '{name}' is empty in data row {row}", _REMEDY)
    return pa.array(parsed, pa.string()).take(encoded.indices)


def main() -> None:
    """Run the job with the arguments that Glue passes."""
    log_to_stdout()
    optional = {"TAX_YEAR": "", "FORCE": "false"} | LIMIT_ARGUMENTS
    arguments = job_arguments(("JOB_NAME", "SOURCE_URL", "TARGET_URI"), optional)
    tax_year = arguments["TAX_YEAR"]
    if tax_year and not re.fullmatch("[0-9]{4}", tax_year):
        raise ValueError(f"--TAX_YEAR {tax_year!r} is not a year: use four digits")
    run(
        arguments["SOURCE_URL"],
        arguments["TARGET_URI"],
        int(tax_year) if tax_year else None,
        force=parse_flag(arguments["FORCE"]),
        limits=parse_limits(arguments),
    )


if __name__ == "__main__":
    main()
