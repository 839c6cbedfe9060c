import csv
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.sample_feeds import INCOME_FILE, PARKS_FILE, PLAYGROUNDS_FILE, write_sample_feeds
from processing.table_columns import PLAYGROUND_FIELDS

Record = dict[str, Any]


class Feeds:
    """The three feeds of a folder."""

    def __init__(self, folder: Path) -> None:
        self.parks: list[Record] = json.loads((folder / PARKS_FILE).read_text())
        self.playgrounds: list[Record] = json.loads((folder / PLAYGROUNDS_FILE).read_text())
        text = gzip.decompress((folder / INCOME_FILE).read_bytes()).decode()
        self.header, *self.income = csv.reader(io.StringIO(text))

    def rows(self, **values: str) -> list[list[str]]:
        """Income rows with the given values."""
        places = {self.header.index(name): value for name, value in values.items()}
        return [row for row in self.income if all(row[place] == value for place, value in places.items())]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Feeds:
    folder = tmp_path_factory.mktemp("full")
    write_sample_feeds(folder)
    return Feeds(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Feeds:
    folder = tmp_path_factory.mktemp("small")
    write_sample_feeds(folder, seed=7, playgrounds=120, parks=160, zip_codes=200)
    return Feeds(folder)


@pytest.fixture(params=["full", "small"])
def feeds(request: pytest.FixtureRequest) -> Feeds:
    return request.getfixturevalue(request.param)


def labels(playgrounds: list[Record]) -> np.ndarray:
    """1 for Level 4, 0 for another Level or for none where Accessible is N, else -1."""
    return np.array(
        [1 if row["Level"] == "4" else 0 if row["Level"] or row["Accessible"] == "N" else -1 for row in playgrounds]
    )


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    contents = []
    for number, seed in enumerate((5, 5, 6)):
        folder = tmp_path / str(number)
        write_sample_feeds(folder, seed=seed, playgrounds=60, parks=100, zip_codes=200)
        contents.append([(folder / name).read_bytes() for name in (PARKS_FILE, PLAYGROUNDS_FILE, INCOME_FILE)])
    assert contents[0] == contents[1]
    assert all(one != other for one, other in zip(contents[0], contents[2], strict=True))


def test_sizes(full: Feeds, small: Feeds):
    assert (len(full.parks), len(full.playgrounds), len(full.income)) == (1675, 1269, 9977)
    assert (len(small.parks), len(small.playgrounds), len(small.income)) == (160, 120, 200 * 6 - 1 + 12)


def test_a_size_that_cannot_hold_the_quirks_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="playgrounds=10 is too few"):
        write_sample_feeds(tmp_path, playgrounds=10)


def test_parks_have_unique_ids_and_every_kind_of_zip_text(feeds: Feeds):
    assert all(list(row) == ["Prop_ID", "Name", "Location", "Zip"] for row in feeds.parks)
    assert len({row["Prop_ID"] for row in feeds.parks}) == len(feeds.parks)
    shapes = {re.sub(r"\d{5}", "z", row["Zip"]) if row["Zip"] else None for row in feeds.parks}
    assert {None, "z", "z, z"} <= shapes
    known = {row[2] for row in feeds.income}
    assert {row["Zip"] for row in feeds.parks if row["Zip"] and "," not in row["Zip"]} - known == {"11359"}


def test_playgrounds_have_the_quirks_of_the_real_feed(feeds: Feeds):
    rows = feeds.playgrounds
    assert all(tuple(row) == PLAYGROUND_FIELDS for row in rows)
    assert {type(value) for row in rows for value in row.values()} == {str, type(None)}
    assert {row["Adaptive_Swing"] for row in rows} == {"Y", "N", None, ""}
    assert {row["Level"] for row in rows} == {"1", "2", "3", "4", None}
    assert {row["Accessible"] for row in rows} == {"Y", "N", None}
    assert {row["Prop_ID"][0] for row in rows} == set("BMQRX")

    schools = [row for row in rows if row["School_ID"]]
    assert all(row["Prop_ID"] in set("BMQRX") and row["Playground_ID"] is None and row["Status"] for row in schools)
    assert all(re.fullmatch(r"[KMQRX]\d{3,}", row["School_ID"]) for row in schools)
    others = [row for row in rows if not row["School_ID"]]
    ids = [row["Playground_ID"] for row in others if row["Playground_ID"]]
    assert 0 < len(ids) - len(set(ids)) < len(ids) / 50
    assert any(row["Playground_ID"] is None for row in others)
    parks = {row["Prop_ID"] for row in feeds.parks}
    assert any(row["Prop_ID"] not in parks for row in others)
    assert any(row["lat"] is None and row["lon"] is None for row in rows)


def test_playgrounds_match_parks_and_income_as_often_as_in_the_city(full: Feeds):
    zip_texts = {row["Prop_ID"]: row["Zip"] for row in full.parks}
    income = {row[2] for row in full.income}
    found = [zip_texts.get(row["Prop_ID"]) or "" for row in full.playgrounds]
    exact = sum(text in income for text in found)
    listed = sum(text not in income and bool(income & set(text.split(", "))) for text in found)
    assert abs(exact - 832) < 40
    assert abs(listed - 175) < 40


def test_labels_and_swings_relate_as_in_the_city(full: Feeds):
    label = labels(full.playgrounds)
    known = label >= 0
    without_swing = np.array([row["Adaptive_Swing"] == "N" for row in full.playgrounds])
    assert (known.sum(), (label == 1).sum()) == (1263, 876)
    assert np.mean(label[known] == 1) == pytest.approx(0.691, abs=0.01)
    assert np.mean(without_swing[known] == (label[known] == 1)) == pytest.approx(0.864, abs=0.01)


def test_income_has_the_quirks_of_the_irs_file(feeds: Feeds):
    assert len(feeds.header) == len(set(feeds.header)) == 147
    assert ",".join(feeds.header).startswith(
        "STATEFIPS,STATE,zipcode,agi_stub,N1,mars1,MARS2,MARS4,PREP,N2,NUMDEP,TOTAL_VITA,VITA,TCE,"
    )
    assert {tuple(row[:2]) for row in feeds.income} == {("36", "NY")}
    assert all(value.isdigit() for row in feeds.income for value in row[2:])
    zip_codes = [int(row[2]) for row in feeds.income]
    assert zip_codes == sorted(zip_codes)
    for aggregate in ("0", "99999"):
        assert [row[3] for row in feeds.rows(zipcode=aggregate)] == list("123456")
    assert sorted({zip_codes.count(code) for code in set(zip_codes)}) == [5, 6]
    table = np.array([row[4:] for row in feeds.income], dtype=int)
    returns, vita, tce, total = (table[:, feeds.header.index(name) - 4] for name in ("N1", "VITA", "TCE", "TOTAL_VITA"))
    assert np.array_equal(total, vita + tce)
    assert 0 < np.mean(returns == 0) < 0.3
    assert not table[returns == 0].any()
    brackets = np.array([row[3] for row in feeds.income])
    for bracket in "12345":
        total_row, *rows = table[brackets == bracket]
        assert np.array_equal(total_row, np.sum(rows, axis=0))


def test_most_zip_codes_have_no_volunteers(full: Feeds):
    vita = full.header.index("VITA")
    assert 0.7 < np.mean([row[vita] == "0" for row in full.income]) < 0.95
