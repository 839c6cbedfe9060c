"""Processed tables for tests: tiny ones row by row, and a generated one with the quirks of the real feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from processing.processed_table import Partition, newest_complete_partition
from processing.table_columns import PLAYGROUND_FIELDS

COUNTS = (
    "num_of_returns",
    "num_of_single_returns",
    "num_of_joint_returns",
    "num_of_head_of_household_returns",
    "num_with_paid_preparers_signature",
    "num_of_exemptions",
    "num_of_dependents",
)
# A field that no test is about has a value, too.
PLAYGROUND: dict[str, Any] = dict.fromkeys(PLAYGROUND_FIELDS, "N") | {
    "playground_key": "B001-01",
    "Prop_ID": "B001",
    "Playground_ID": "B001-01",
    "School_ID": None,
    "Status": None,
    "Name": "American Playground",
    "Location": "Noble Street",
    "Accessible": "Y",
    "Level": "4",
    "Adaptive_Swing": "N",
    "lat": "40.7288",
    "lon": "-73.9579",
    "park_zipcode": "11222",
    "zip_match": "exact",
}


def income_row(zipcode: str, bracket: int, returns: int = 100, **counts: int) -> dict[str, Any]:
    """Income columns of one ZIP code and bracket; without other counts half of the returns are single ones."""
    defaults = dict.fromkeys(COUNTS, 0) | {
        "num_of_returns": returns,
        "num_of_single_returns": returns // 2,
        "num_of_joint_returns": returns // 4,
        "num_of_head_of_household_returns": returns // 10,
        "num_of_exemptions": 2 * returns,
    }
    return {"zipcode": zipcode, "size_of_adjusted_gross_income": bracket} | defaults | counts


NO_INCOME: dict[str, Any] = dict.fromkeys(("zipcode", "size_of_adjusted_gross_income", *COUNTS))


def row(income: dict[str, Any] = NO_INCOME, **changes: Any) -> dict[str, Any]:
    """One row of a processed table: `PLAYGROUND` with changes, and income columns."""
    return PLAYGROUND | changes | income


def generated_table(playgrounds: int = 400, seed: int = 7) -> pd.DataFrame:
    """A processed table in which mostly the swing decides the level, as in the real feeds.

    Every fifth playground is a school's (bare borough letter as Prop_ID, no income); parks hold up to three
    playgrounds; a third of the parks lists two ZIP codes; one ZIP code has a bracket without returns.
    """
    random = np.random.default_rng(seed)
    incomes = {
        f"11{number:03d}": [
            income_row(f"11{number:03d}", bracket, returns=0 if (number, bracket) == (0, 6) else returns)
            for bracket, returns in enumerate(random.integers(10, 5000, 6) * 10, start=1)
        ]
        for number in range(30)
    }
    rows: list[dict[str, Any]] = []
    for number in range(playgrounds):
        swing = str(random.choice(["N", "Y", "", "none"], p=[0.74, 0.16, 0.02, 0.08]))
        level, accessible = _rating(random, swing)
        borough = "BMQRX"[number % 5]
        school = number % 5 == 4
        park = number // 3
        playground = {
            "playground_key": f"key-{number:05d}",
            "Prop_ID": borough if school else f"{borough}{park:03d}",
            "School_ID": f"K{number:03d}" if school else None,
            "Playground_ID": None if school else f"{borough}{park:03d}-{number}",
            "Name": f"Playground {number}",
            "Accessible": accessible,
            "Level": level,
            "Adaptive_Swing": None if swing == "none" else swing,
            "lat": None if number % 50 == 0 else "40.7",
            "lon": None if number % 50 == 0 else "-73.9",
        }
        zips = [] if school else [f"11{(park + shift) % 30:03d}" for shift in range(1 + (park % 3 == 0))]
        match = {0: "none", 1: "exact", 2: "list"}[len(zips)]
        income = [one for zipcode in zips for one in incomes[zipcode]] or [NO_INCOME]
        rows += [row(one, **playground, zip_match=match, park_zipcode=", ".join(zips) or None) for one in income]
    return pd.DataFrame(rows)


def _rating(random: np.random.Generator, swing: str) -> tuple[str | None, str | None]:
    if swing in ("N", "Y"):
        top = random.random() < (0.88 if swing == "N" else 0.08)
        return ("4" if top else str(random.choice(["1", "2", "3"]))), "Y"
    return None, (None if random.random() < 0.1 else "N")


def write_unfinished_partition(table: pd.DataFrame, folder: Path) -> None:
    """Write a table as a partition whose marker is still to come."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / "part-00000.parquet", index=False)


def write_partition(table: pd.DataFrame, folder: Path) -> Partition:
    """Write a table as one complete partition."""
    write_unfinished_partition(table, folder)
    (folder / "_SUCCESS").touch()
    return newest_complete_partition(folder)
