"""Where the three feeds come from: the live sources, a folder of files, or the generated sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import CommandError
from console.sample_feeds import write_sample_feeds

PARKS_FILE = "DPR_Parks_001.json"
PLAYGROUNDS_FILE = "DPR_Playgrounds_001.json"
INCOME_PATTERN = "16zpallagi*.csv*"


@dataclass(frozen=True)
class FeedUrls:
    """The sources that the import jobs read.

    Parameters
    ----------
    income, parks, playgrounds
        URLs, ``https://``, ``s3://`` or ``file://``.
    """

    income: str
    parks: str
    playgrounds: str


LIVE = FeedUrls(
    income="https://www.irs.gov/pub/irs-soi/16zpallagi.csv",
    parks="https://www.nycgovparks.org/bigapps/DPR_Parks_001.json",
    playgrounds="https://www.nycgovparks.org/bigapps/DPR_Playgrounds_001.json",
)


def feed_urls(source: str, data_dir: Path) -> FeedUrls:
    """Give the URLs of a source.

    Parameters
    ----------
    source
        ``"sample"`` (generated below `data_dir`), ``"live"`` or a folder that holds the feeds' files.
    data_dir
        Where the sample goes.

    Raises
    ------
    CommandError
        If the folder does not hold the three files.
    """
    if source == "live":
        return LIVE
    if source == "sample":
        folder = data_dir / "sample-feeds"
        write_sample_feeds(folder)
    else:
        folder = Path(source)
    return _folder_urls(folder.resolve())


def _folder_urls(folder: Path) -> FeedUrls:
    incomes = sorted(path for path in folder.glob(INCOME_PATTERN) if path.name.endswith((".csv", ".csv.gz")))
    missing = [name for name in (PARKS_FILE, PLAYGROUNDS_FILE) if not (folder / name).is_file()]
    if not incomes:
        missing.append("16zpallagi*.csv or .csv.gz")
    if missing:
        raise CommandError("feeds", f"{folder} lacks {', '.join(missing)}; name a folder that holds the three feeds")
    if len(incomes) > 1:
        found = ", ".join(path.name for path in incomes)
        raise CommandError("feeds", f"{folder} holds more than one income file ({found}); leave one")
    return FeedUrls(
        income=incomes[0].as_uri(),
        parks=(folder / PARKS_FILE).as_uri(),
        playgrounds=(folder / PLAYGROUNDS_FILE).as_uri(),
    )
