"""Glue's job arguments: how they merge, which ones Glue consumes itself, and which of those are refused here.

The special parameters are those of the AWS Glue developer guide, "Using job parameters in AWS Glue jobs".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import without
from local_aws.services.glue.errors import invalid

Arguments = Mapping[str, str]

BOOKMARK_OPTION = "--job-bookmark-option"
_NO_BOOKMARK = "job-bookmark-disable"

_CONSUMED = frozenset({"--conf", "--extra-files", "--extra-py-files", "--job-language", "--scriptLocation"})
"""Glue acts on these and the script does not see them."""

_MONITORING_AND_TUNING = frozenset(
    {
        "--continuous-log-conversionPattern",
        "--enable-auto-scaling",
        "--enable-continuous-cloudwatch-log",
        "--enable-continuous-log-filter",
        "--enable-job-insights",
        "--enable-metrics",
        "--enable-observability-metrics",
        "--enable-rename-algorithm-v2",
        "--enable-s3-parquet-optimized-committer",
        "--encryption-type",
        "--executor-cores",
    }
)
"""They concern the cluster, its metrics and its log, and change nothing that a script reads or writes."""

_REFUSED = {
    "--additional-python-modules": "install the modules into the environment that local_aws runs in",
    "--class": "it is for Scala scripts",
    "--continuous-log-logGroup": "logs go to /aws-glue/jobs/output",
    "--continuous-log-logStreamPrefix": "the log stream is the run id",
    "--custom-logGroup-prefix": "logs go to /aws-glue/jobs/output",
    "--custom-logStream-prefix": "the log stream is the run id",
    "--customer-driver-env-vars": "pass values as arguments",
    "--customer-executor-env-vars": "pass values as arguments",
    "--datalake-formats": "the formats' jars are not there",
    "--enable-glue-datacatalog": "read and write s3:// paths",
    "--enable-lakeformation-fine-grained-access": "there is no Lake Formation",
    "--enable-spark-ui": "read the run's log",
    "--extra-jars": "scripts are Python and use Spark's own jars",
    "--python-modules-installer-option": "install modules into the environment that local_aws runs in",
    "--spark-event-logs-path": "read the run's log",
    "--use-postgres-driver": "there is no JDBC driver",
    "--user-jars-first": "scripts are Python and use Spark's own jars",
}
"""Parameters that are not supported, with what to do instead."""


@dataclass(frozen=True)
class RunArguments:
    """The arguments of one run, taken apart."""

    script: tuple[str, ...]
    script_location: str | None
    """The S3 URI that ``--scriptLocation`` names, or None."""
    python_files: tuple[str, ...]
    files: tuple[str, ...]
    """S3 URIs to fetch onto the Python path, and into the working directory."""
    spark_settings: dict[str, str]


def check_arguments(arguments: Arguments) -> None:
    """Refuse special parameters that would have no effect here though a script may count on it.

    Raises
    ------
    AwsError
        ``InvalidInputException``, naming the parameter and what to do instead.
    """
    for name, value in arguments.items():
        if name in _REFUSED and value.lower() != "false":
            raise _refused(name, value, _REFUSED[name])
        if name == "--job-language" and value != "python":
            raise _refused(name, value, "scripts are Python")
        if name == BOOKMARK_OPTION and value != _NO_BOOKMARK:
            raise _refused(name, value, f"bookmarks need GlueContext; use {_NO_BOOKMARK}")
    _spark_settings(arguments.get("--conf", ""))


def resolve_arguments(
    job_name: str, job_id: str, run_id: str, default: Arguments, run: Arguments, fixed: Arguments
) -> RunArguments:
    """Merge a job's and a run's arguments and take them apart.

    Parameters
    ----------
    job_name, job_id, run_id
        What Glue itself passes on as ``--JOB_NAME``, ``--JOB_ID`` and ``--JOB_RUN_ID``.
    default, run, fixed
        ``DefaultArguments`` of the job, ``Arguments`` of the run, which win, and ``NonOverridableArguments`` of the
        job, which win over both.
    """
    merged = {**default, **run, **fixed}
    dropped = _CONSUMED | _MONITORING_AND_TUNING | _REFUSED.keys()
    passed = without(merged, *dropped)
    passed = {
        BOOKMARK_OPTION: _NO_BOOKMARK,
        "--JOB_ID": job_id,
        "--JOB_RUN_ID": run_id,
        **passed,
        "--JOB_NAME": job_name,
    }
    return RunArguments(
        script=tuple(word for pair in passed.items() for word in pair),
        script_location=merged.get("--scriptLocation"),
        python_files=_uris(merged.get("--extra-py-files", "")),
        files=_uris(merged.get("--extra-files", "")),
        spark_settings=_spark_settings(merged.get("--conf", "")),
    )


def _uris(text: str) -> tuple[str, ...]:
    return tuple(uri.strip() for uri in text.split(",") if uri.strip())


def _spark_settings(text: str) -> dict[str, str]:
    """Take ``a=1 --conf b=2`` apart: how several settings go into Glue's one ``--conf`` argument."""
    settings = {}
    for setting in text.split("--conf"):
        name, separator, value = setting.strip().partition("=")
        if not name:
            continue
        if not separator or not name.startswith("spark."):
            raise _refused("--conf", text, "write spark.name=value, and further ones as --conf spark.name=value")
        settings[name] = value.strip()
    return settings


def _refused(name: str, value: str, remedy: str) -> AwsError:
    return invalid(f"local_aws does not support the job parameter {name} with value {value!r}: {remedy}.")
