"""Job arguments: what merges, what the script sees, what is refused."""

from __future__ import annotations

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.glue.job_arguments import RunArguments, check_arguments, resolve_arguments


def resolve(default=None, run=None, fixed=None) -> RunArguments:
    return resolve_arguments("job", "j_1", "jr_1", default or {}, run or {}, fixed or {})


def as_dict(words: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def test_a_run_overrides_the_job_and_fixed_arguments_override_both() -> None:
    resolved = resolve(
        default={"--TAX_YEAR": "2015", "--SOURCE_URL": "a", "--LEVEL": "x"},
        run={"--TAX_YEAR": "2016", "--LEVEL": "y"},
        fixed={"--LEVEL": "z"},
    )

    script = as_dict(resolved.script)
    assert (script["--TAX_YEAR"], script["--SOURCE_URL"], script["--LEVEL"]) == ("2016", "a", "z")


def test_the_script_sees_glues_own_arguments() -> None:
    script = as_dict(resolve(default={"--TempDir": "s3://b/tmp/"}).script)

    assert script == {
        "--JOB_NAME": "job",
        "--JOB_ID": "j_1",
        "--JOB_RUN_ID": "jr_1",
        "--job-bookmark-option": "job-bookmark-disable",
        "--TempDir": "s3://b/tmp/",
    }


def test_special_parameters_are_acted_on_and_not_passed_on() -> None:
    resolved = resolve(
        default={
            "--conf": "spark.sql.shuffle.partitions=7 --conf spark.app.name=a=b",
            "--extra-py-files": "s3://b/a.py, s3://b/c.zip",
            "--extra-files": "s3://b/settings.json",
            "--scriptLocation": "s3://b/other.py",
            "--enable-metrics": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--job-language": "python",
            "--enable-glue-datacatalog": "false",
        }
    )

    assert resolved.spark_settings == {"spark.sql.shuffle.partitions": "7", "spark.app.name": "a=b"}
    assert resolved.python_files == ("s3://b/a.py", "s3://b/c.zip")
    assert resolved.files == ("s3://b/settings.json",)
    assert resolved.script_location == "s3://b/other.py"
    assert as_dict(resolved.script).keys() == {"--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--job-bookmark-option"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("--additional-python-modules", "polars"),
        ("--extra-jars", "s3://b/a.jar"),
        ("--enable-glue-datacatalog", "true"),
        ("--datalake-formats", "delta"),
        ("--custom-logGroup-prefix", "/mine"),
        ("--custom-logStream-prefix", "mine"),
        ("--enable-lakeformation-fine-grained-access", "true"),
        ("--job-language", "scala"),
        ("--job-bookmark-option", "job-bookmark-enable"),
        ("--conf", "hive.x=1"),
        ("--conf", "spark.master"),
    ],
)
def test_what_is_not_done_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(AwsError, match=name) as caught:
        check_arguments({name: value})

    assert caught.value.code == "InvalidInputException"


def test_arguments_of_the_script_are_its_own_business() -> None:
    check_arguments({"--SOURCE_URL": "https://example.org", "--enable-metrics": "", "--anything": ""})
