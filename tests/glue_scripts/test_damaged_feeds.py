"""What the imports do with damaged feeds; docs/damaged-feeds.md has the table.

``UPDATE_GOLDEN=1`` writes the document anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import import_income_data
import import_json_data
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from job_contract import FeedError, newest_partition
from table_files import list_files

from console.sample_feeds import INCOME_FILE, PARKS_FILE, PLAYGROUNDS_FILE, write_sample_feeds
from processing.value_domains import UNUSED_INCOME_COUNTS, UNUSED_PARK_FIELDS, UNUSED_PLAYGROUND_FIELDS
from tests.glue_scripts.damaged_feeds import DAMAGES, INCOME, PARKS, PLAYGROUNDS, WHOLE, Damage

DOCUMENT = Path(__file__).parents[2] / "docs" / "damaged-feeds.md"
FILES = {PARKS: PARKS_FILE, PLAYGROUNDS: PLAYGROUNDS_FILE, INCOME: INCOME_FILE}
UNUSED: dict[str, Sequence[str]] = {
    PARKS: UNUSED_PARK_FIELDS,
    PLAYGROUNDS: UNUSED_PLAYGROUND_FIELDS,
    INCOME: UNUSED_INCOME_COUNTS,
}
FORMATS = {PARKS: import_json_data.PARKS, PLAYGROUNDS: import_json_data.PLAYGROUNDS}
DAYS = (date(2019, 8, 1), date(2019, 8, 2))
HEAD = """# Damaged feeds

What an import does with a feed that is damaged in one way. Nothing is silent: it is **refused** with a sentence that
names field, values and remedy, and the last good partition stays; or it is **harmless**: the same rows are read as from
the clean feed. [The domains](../processing/value_domains.py) say what each field may hold. Single values are damaged in
every tenth record of the sample's feeds. A test makes every one of these feeds and holds this table to what happens
(`tests/glue_scripts/test_damaged_feeds.py`).

| feed | field | damage | what happens |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Imported:
    """A clean import: the feeds' contents and the raw zone that was made of them."""

    contents: dict[str, bytes]
    raw: Path


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("clean")
    write_sample_feeds(folder, playgrounds=180, parks=300, zip_codes=200)
    contents = {feed: (folder / name).read_bytes() for feed, name in FILES.items()}
    for feed, name in FILES.items():
        import_feed(feed, (folder / name).as_uri(), folder / "raw", DAYS[0])
    return Imported(contents, folder / "raw")


def import_feed(feed: str, url: str, raw: Path, day: date) -> None:
    if feed == INCOME:
        import_income_data.run(url, (raw / INCOME).as_uri(), force=True)
    else:
        import_json_data.run({FORMATS[feed]: url}, raw.as_uri(), day, force=True)


def newest(raw: Path, feed: str) -> pa.Table:
    """Read the rows that the join would read, without the columns that no feature needs."""
    folder = newest_partition(list_files((raw / feed).as_uri()))
    assert folder
    table = pq.ParquetFile(Path(folder.removeprefix("file://")) / f"{feed}.parquet").read()
    return table.select([name for name in table.column_names if name not in UNUSED[feed]])


@pytest.fixture(scope="module")
def outcome(clean: Imported, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Damage], str]:
    """Return a function that imports a damaged feed after the clean one: the refusal's text, "" for none."""
    known: dict[Damage, str] = {}

    def import_damaged(damage: Damage) -> str:
        if damage not in known:
            folder = tmp_path_factory.mktemp("damaged")
            for path in clean.raw.rglob("*"):
                if path.is_file():
                    copy = folder / "raw" / path.relative_to(clean.raw)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(path.read_bytes())
            file = folder / (damage.file_name or FILES[damage.feed])
            file.write_bytes(damage.change(clean.contents[damage.feed]))
            before, last = sorted((folder / "raw").rglob("*.parquet")), newest(folder / "raw", damage.feed)
            try:
                import_feed(damage.feed, file.as_uri(), folder / "raw", DAYS[1])
                known[damage] = ""
            except FeedError as error:
                known[damage] = str(error).replace(folder.as_uri(), "file://…")
                assert sorted((folder / "raw").rglob("*.parquet")) == before
            assert newest(folder / "raw", damage.feed).equals(last), "other rows are read than before"
        return known[damage]

    return import_damaged


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: f"{damage.feed}-{damage.field}-{damage.what}")
def test_a_damaged_feed_is_refused_by_name_or_harmless(damage: Damage, outcome: Callable[[Damage], str]) -> None:
    message = outcome(damage)

    assert (damage.outcome == "refused") == bool(message), message
    if message:
        assert message.startswith(f"Feed '{damage.feed}' (file://")
        assert damage.field == WHOLE or damage.field.lower() in message.lower()


def test_the_document_has_what_happens(outcome: Callable[[Damage], str]) -> None:
    text = HEAD + "".join(
        f"| {damage.feed} | {damage.field} | {damage.what} | {_shown(outcome(damage))} |\n" for damage in DAMAGES
    )
    if "UPDATE_GOLDEN" in os.environ:
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text


def _shown(message: str) -> str:
    """Return a refusal's problem, without the feed and the remedy, as a cell of the table."""
    if not message:
        return "harmless"
    problem = re.sub(r"^Feed '\w+' \([^)]*\): ", "", message)
    return f"refused: {re.split(r'[.]+ (?=[A-Z])', problem, maxsplit=1)[0]}"
