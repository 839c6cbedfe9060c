import gzip
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feeds import RetryPolicy
from import_income_data import SCHEMA, convert_csv, find_tax_year, main, run
from job_contract import FeedError

from tests.glue_scripts.conftest import FeedServer, Reply

HEADER = "STATEFIPS,STATE,zipcode,agi_stub,N1,mars1,MARS2,MARS4,PREP,N2,NUMDEP,TOTAL_VITA,VITA,TCE,A00100"
ROW = "36,NY,11201,1,60,30,20,10,40,120,50,0,0,0,999.5"
CSV = f"{HEADER}\n{ROW}\n"
PATIENCE = RetryPolicy(sleep=lambda seconds: None)


def convert(tmp_path: Path, content: bytes) -> pa.Table:
    (tmp_path / "income.csv").write_bytes(content)
    convert_csv(tmp_path / "income.csv", tmp_path / "income.parquet", "https://feeds/income.csv")
    return pq.read_table(tmp_path / "income.parquet")


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_convert_csv_keeps_the_lab_columns_of_all_states(tmp_path: Path, compress):
    rows = [ROW, "25,ma,2138,2,60.0000,**,,10,40,120,50,0,0,0,**"]
    table = convert(tmp_path, compress("\r\n".join([HEADER, *rows, ""]).encode("utf-8-sig")))
    assert table.schema.equals(SCHEMA)
    first, second = table.to_pylist()
    assert (first["STATE"], first["zipcode"], first["agi_stub"], first["MARS1"]) == ("NY", "11201", 1, 30)
    assert (second["STATE"], second["zipcode"], second["N1"]) == ("MA", "02138", 60)
    assert (second["MARS1"], second["MARS2"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file is empty"),
        (f"{HEADER}\n", "a header but no rows"),
        ("<html><body>moved</body></html>", "HTML page instead of CSV"),
        (CSV.replace(",", ";"), "the header has no commas (it seems to be delimited by ';')"),
        (CSV.replace(",", "\t"), "the header has no commas (it seems to be delimited by '\\t')"),
        (f"{HEADER}\n{ROW.replace(',', ';')}\n", "the CSV cannot be read after data row 0"),
        (f"{HEADER}\n{ROW}\n36,NY,112\n", "the CSV cannot be read"),
        (CSV.replace("mars1", "single"), "no column 'MARS1'"),
        (CSV.replace("N2", "x").replace("MARS4", "y"), "no column 'MARS4', 'N2'"),
        (CSV.replace("A00100", "MARS1"), "the header has the column 'MARS1' more than once"),
        (
            f"{CSV}{ROW.replace(',60,', ',sixty,')}\n",
            "field 'N1' must be a whole number of returns, 0 to 50000000; it holds 'sixty' (1 row)",
        ),
        (CSV.replace(",60,", ",60.5,"), "it holds '60.5' (1 row)"),
        (
            CSV.replace("11201", "Albany"),
            "field 'zipcode' must be a ZIP code of up to five digits; it holds 'Albany' (1 row)",
        ),
        (CSV.replace("11201", ""), "the column 'zipcode' is empty in data row 1"),
    ],
)
def test_a_bad_file_fails_with_a_sentence(tmp_path: Path, content: str, problem: str):
    with pytest.raises(FeedError) as failure:
        convert(tmp_path, content.encode())
    message = str(failure.value)
    assert message.startswith("Feed 'income' (https://feeds/income.csv): ")
    assert problem in message


@pytest.mark.parametrize("cut", [5, -9])
def test_a_truncated_gzip_file_fails(tmp_path: Path, cut: int):
    with pytest.raises(FeedError, match="Feed 'income'"):
        convert(tmp_path, gzip.compress((CSV + f"{ROW}\n" * 1000).encode())[:cut])


def test_a_larger_file_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("import_income_data._BLOCK_BYTES", 1 << 16)
    usual_pool = pa.default_memory_pool()
    peaks = []
    for rows in (50_000, 250_000):
        content = (f"{HEADER}\n" + f"{ROW}\n" * rows).encode()
        (tmp_path / "income.csv").write_bytes(content)
        pool = pa.proxy_memory_pool(pa.system_memory_pool())
        pa.set_memory_pool(pool)
        try:
            assert convert_csv(tmp_path / "income.csv", tmp_path / "income.parquet", "url") == rows
        finally:
            pa.set_memory_pool(usual_pool)
        peaks.append(pool.max_memory())
    assert peaks[1] < 1.5 * peaks[0] < len(content), peaks


@pytest.mark.parametrize("bad", [Reply(status=404), Reply(status=500), Reply(b"<html>"), Reply(CSV[:-40].encode())])
def test_a_bad_feed_leaves_the_partition_as_it_was(feed_server: FeedServer, tmp_path: Path, bad: Reply):
    url = feed_server.publish("/income.csv", Reply(CSV.encode()))
    assert run(url, tmp_path.as_uri(), 2016, force=False) == 1
    target = tmp_path / "year=2016" / "income.parquet"
    before = target.read_bytes()
    feed_server.publish("/income.csv", bad)
    with pytest.raises(FeedError, match="Feed 'income'"):
        run(url, tmp_path.as_uri(), 2016, force=True, policy=PATIENCE)
    assert target.read_bytes() == before


def test_an_unchanged_source_is_not_downloaded_twice(feed_server: FeedServer, bucket: str):
    url = feed_server.publish("/income.csv", Reply(CSV.encode(), headers={"ETag": '"1"'}))
    target_uri = f"s3://{bucket}/income/"
    assert run(url, target_uri, 2016, force=False) == 1
    assert run(url, target_uri, 2016, force=False) == 0
    assert feed_server.downloads() == 1
    assert run(url, target_uri, 2016, force=True) == 1
    feed_server.publish(
        "/income.csv", Reply(f"{CSV}{ROW.replace('11201,1,', '11201,2,')}\n".encode(), headers={"ETag": '"2"'})
    )
    assert run(url, target_uri, 2016, force=False) == 2


@pytest.mark.parametrize(
    ("url", "stated", "year"),
    [
        ("https://www.irs.gov/pub/irs-soi/16zpallagi.csv", None, 2016),
        ("s3://raw/feeds/0a1b/22ZPALLAGI_ny.csv.gz", None, 2022),
        ("s3://raw/feeds/16zpallnoagi.csv", 2016, 2016),
        ("https://feeds/income.csv", 2018, 2018),
    ],
)
def test_the_tax_year_is_that_of_the_files_name(url: str, stated: int | None, year: int):
    assert find_tax_year(url, stated) == year


@pytest.mark.parametrize(
    ("url", "stated", "problem"),
    [
        ("https://feeds/income.csv", None, "its name does not tell the tax year"),
        ("https://feeds/18zpallagi.csv", 2016, "its name says tax year 2018, and --TAX_YEAR says 2016"),
    ],
)
def test_a_tax_year_that_nothing_tells_or_two_contradict_is_refused(url: str, stated: int | None, problem: str):
    with pytest.raises(FeedError, match=problem):
        find_tax_year(url, stated)


def test_main_refuses_a_tax_year_that_is_none(monkeypatch: pytest.MonkeyPatch):
    command = "script.py --JOB_NAME x --SOURCE_URL file:///x --TARGET_URI s3://raw/income/ --TAX_YEAR 16"
    monkeypatch.setattr(sys, "argv", command.split())
    with pytest.raises(ValueError, match="--TAX_YEAR '16' is not a year"):
        main()
