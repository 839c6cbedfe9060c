"""What the three Glue jobs share: arguments, the raw zone's layout, and the form of a failure.

Glue ships one script per job. This module travels beside it and is imported as the top-level module that Glue
makes of it: ``--extra-py-files s3://…/job_contract.py,s3://…/feeds.py``. It uses the standard library only, so
that the Spark job does not pay for HTTP and S3 clients that it never uses.
"""

import argparse
import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

_PARTITION_FILE = re.compile(r"(?P<folder>.*/year=(\d{4})(?:/month=(\d{1,2})/day=(\d{1,2}))?)/[^/_.][^/]*\.parquet")


class FeedError(Exception):
    """Raised when an input is not what the job needs, before anything is published.

    Problem (with the field and the record, where there is one) and remedy are sentences without a full stop.
    """

    def __init__(self, feed: str, source: str, problem: str, remedy: str) -> None:
        super().__init__(f"Feed '{feed}' ({source}): {problem}. {remedy}.")


def job_arguments(required: Sequence[str], optional: Mapping[str, str]) -> dict[str, str]:
    """Read the job's ``--NAME value`` arguments from the command line.

    An optional argument that is absent or empty has its default; arguments that Glue adds on its own are ignored. Exits
    with the usage on standard error if a required argument is absent.
    """
    passed = [name for name in optional if any(word.split("=")[0] == f"--{name}" for word in sys.argv[1:])]
    names = [*required, *passed]
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        parser = argparse.ArgumentParser(allow_abbrev=False)
        for name in names:
            parser.add_argument(f"--{name}", required=True)
        resolved = vars(parser.parse_known_args()[0])
    else:
        resolved = getResolvedOptions(sys.argv, names)
    return {name: resolved[name] for name in required} | {
        name: resolved.get(name) or default for name, default in optional.items()
    }


def parse_flag(text: str) -> bool:
    """Parse ``true`` or ``false`` in any case; raise `ValueError` for anything else."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false: pass --FORCE true or leave it out")
    return text.lower() == "true"


def parse_day(text: str) -> date:
    """Parse ``YYYY-MM-DD``; the empty string is today in UTC. Raise `ValueError` for anything else."""
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--DATE {text!r} is not a date: use YYYY-MM-DD") from error


def day_partition(day: date) -> str:
    """Return the Hive partition path of a day, zero-padded: ``year=2019/month=08/day=01``."""
    return f"year={day.year:04d}/month={day.month:02d}/day={day.day:02d}"


def newest_partition(files: Iterable[str]) -> str | None:
    """Return the folder of the newest partition among parquet files, or None if no file lies in a partition.

    A partition with a data file is complete: every job puts a partition's only file there in one atomic step.

    Parameters
    ----------
    files
        Full URIs, such as ``s3://raw/parks/year=2019/month=08/day=01/parks.parquet``. Partitions are days or,
        as for income, years. Files that start with ``_`` or ``.`` do not count.
    """
    matches = [match for match in map(_PARTITION_FILE.fullmatch, files) if match]
    newest = max(matches, key=lambda match: [int(part or 0) for part in match.groups()[1:]], default=None)
    return newest["folder"] if newest else None


def log_to_stdout() -> None:
    """Send the job's progress to standard output, which Glue keeps in the job's output log."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("py4j").setLevel(logging.WARNING)
