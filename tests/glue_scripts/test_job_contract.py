import sys
from datetime import UTC, date, datetime

import pytest
from job_contract import day_partition, job_arguments, newest_partition, parse_day, parse_flag


@pytest.fixture(params=["awsglue", "argparse"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read arguments as in Glue, and as where awsglue is not to be had."""
    if request.param == "awsglue":
        pytest.importorskip("awsglue.utils")
    else:
        monkeypatch.setitem(sys.modules, "awsglue.utils", None)


@pytest.mark.usefixtures("reader")
def test_job_arguments_ignores_what_glue_adds(monkeypatch: pytest.MonkeyPatch):
    command = "script.py --JOB_NAME prep --job-language python --TempDir s3://x/ --RAW_URI s3://raw/ --DATE 2019-08-01"
    monkeypatch.setattr(sys, "argv", command.split())
    arguments = job_arguments(("JOB_NAME", "RAW_URI"), {"DATE": "", "FORCE": "false"})
    assert arguments == {"JOB_NAME": "prep", "RAW_URI": "s3://raw/", "DATE": "2019-08-01", "FORCE": "false"}


@pytest.mark.usefixtures("reader")
def test_job_arguments_gives_an_empty_optional_argument_its_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["script.py", "--JOB_NAME", "prep", "--FORCE", ""])
    assert job_arguments(("JOB_NAME",), {"FORCE": "false"}) == {"JOB_NAME": "prep", "FORCE": "false"}


def test_job_arguments_requires_its_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setitem(sys.modules, "awsglue.utils", None)
    monkeypatch.setattr(sys, "argv", ["script.py", "--JOB_NAME", "prep"])
    with pytest.raises(SystemExit):
        job_arguments(("JOB_NAME", "RAW_URI"), {})
    assert "--RAW_URI" in capsys.readouterr().err


def test_newest_partition_compares_numbers_and_skips_hidden_files():
    files = [
        "s3://raw/parks/year=2019/month=9/day=30/parks.parquet",
        "s3://raw/parks/year=2019/month=10/day=02/parks.parquet",
        "s3://raw/parks/year=2019/month=11/day=01/_temporary.parquet",
        "s3://raw/parks/year=2019/month=12/day=01/.parks.parquet",
        "s3://raw/parks/year=2020/month=01/day=01/_SUCCESS",
    ]
    assert newest_partition(files) == "s3://raw/parks/year=2019/month=10/day=02"
    assert newest_partition(files[2:]) is None


def test_newest_partition_knows_years():
    files = ["file:/raw/income/year=2015/income.parquet", "file:/raw/income/year=2016/income.parquet"]
    assert newest_partition(files) == "file:/raw/income/year=2016"


def test_days():
    assert day_partition(parse_day("2019-08-01")) == "year=2019/month=08/day=01"
    assert parse_day("2019-08-01") == date(2019, 8, 1)
    before, today, after = datetime.now(UTC).date(), parse_day(""), datetime.now(UTC).date()
    assert before <= today <= after
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        parse_day("1.8.2019")


def test_flags():
    assert parse_flag("True")
    assert not parse_flag("false")
    with pytest.raises(ValueError, match="--FORCE true"):
        parse_flag("yes")
