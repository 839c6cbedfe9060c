"""Where the three feeds come from: the live sources, a folder of files, or the generated sample."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console.errors import CommandError
from processing.feed_dates import GENERATED, FeedDate, date_of_file, metadata_of

LIVE, SAMPLE = "live", "sample"
PARKS_FILE = "DPR_Parks_001.json"
PLAYGROUNDS_FILE = "DPR_Playgrounds_001.json"
INCOME_PATTERN = "[0-9][0-9]zpallagi*.csv*"

LIVE_URLS = {
    "IncomeUrl": "https://www.irs.gov/pub/irs-soi/16zpallagi.csv",
    "ParksUrl": "https://www.nycgovparks.org/bigapps/DPR_Parks_001.json",
    "PlaygroundsUrl": "https://www.nycgovparks.org/bigapps/DPR_Playgrounds_001.json",
}
"""The live sources, by the stack's parameters."""

_CHOICE = "choose 'sample', 'live' or a folder that holds the three feeds"
_LIKELY = re.compile(r"park|playground|zpallagi|income", re.IGNORECASE)
_LISTED = 5
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class FeedFiles:
    """The feeds as files by the stack's parameters, and the S3 prefix that the import jobs read them from.

    The prefix is named by their contents, so that other feeds have other URLs.
    """

    paths: dict[str, Path]
    prefix: str
    generated: bool = False

    @property
    def urls(self) -> dict[str, str]:
        """The sources, by the stack's parameters."""
        return {parameter: f"{self.prefix}{path.name}" for parameter, path in self.paths.items()}

    def upload(self, s3: Any) -> None:
        """Upload the files to their URLs, with their dates: S3 has that of the upload only."""
        bucket, _, key = self.prefix.removeprefix("s3://").partition("/")
        for path in self.paths.values():
            feed_date = FeedDate(None, GENERATED) if self.generated else date_of_file(path.stat().st_mtime)
            s3.upload_file(str(path), bucket, f"{key}{path.name}", ExtraArgs={"Metadata": metadata_of(feed_date)})


def default_source() -> str:
    """Return the default source of a new deployment: the sample on a loopback endpoint, else the live feeds.

    A machine with a loopback endpoint may have no network.
    """
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    return SAMPLE if host in _LOOPBACK else LIVE


def check_source(source: str) -> None:
    """Check that a source's files are there, before anything is started for them.

    Raises
    ------
    CommandError
        The source is neither ``"sample"`` nor ``"live"`` nor a folder with the three files.
    """
    if source not in (SAMPLE, LIVE):
        _feed_paths(Path(source))


@contextmanager
def feed_files(source: str, raw_bucket: str) -> Iterator[FeedFiles]:
    """Yield the files of a source, ``"sample"`` or a folder, for the time of the block.

    Raises
    ------
    CommandError
        The folder does not hold the three files.
    """
    with tempfile.TemporaryDirectory() as generated:
        folder = Path(generated if source == SAMPLE else source)
        if source == SAMPLE:
            # Here, for only the sample needs NumPy.
            from console.sample_feeds import write_sample_feeds

            write_sample_feeds(folder)
        paths = _feed_paths(folder)
        yield FeedFiles(paths, f"s3://{raw_bucket}/feeds/{_digest(paths)}/", generated=source == SAMPLE)


def _feed_paths(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        what = "a file" if folder.exists() else "not there"
        raise CommandError("feeds", f"{folder} is {what}; {_CHOICE}")
    incomes = sorted(path for path in folder.glob(INCOME_PATTERN) if path.name.endswith((".csv", ".csv.gz")))
    missing = [name for name in (PARKS_FILE, PLAYGROUNDS_FILE) if not (folder / name).is_file()]
    if not incomes:
        missing.append("an income file such as 16zpallagi.csv or .csv.gz")
    if missing:
        raise CommandError("feeds", f"{folder} lacks {', '.join(missing)}{_likely(folder)}; {_CHOICE}")
    if len(incomes) > 1:
        names = ", ".join(path.name for path in incomes)
        raise CommandError("feeds", f"{folder} holds more than one income file ({names}); keep one")
    return {
        "IncomeUrl": incomes[0],
        "ParksUrl": folder / PARKS_FILE,
        "PlaygroundsUrl": folder / PLAYGROUNDS_FILE,
    }


def _likely(folder: Path) -> str:
    """Return which of a folder's files may be feeds under other names, as the middle of a message."""
    known = {PARKS_FILE, PLAYGROUNDS_FILE}
    names = sorted(
        path.name
        for path in folder.iterdir()
        if _LIKELY.search(path.name) and path.name not in known and not path.match(INCOME_PATTERN)
    )
    return f" (rename what is one of them: {', '.join(names[:_LISTED])})" if names else ""


def _digest(paths: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for _, path in sorted(paths.items()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
