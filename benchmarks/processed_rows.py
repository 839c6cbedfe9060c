"""The processed table built from raw feeds by pandas, for benchmarks that need no Spark."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from processing.table_columns import LAB_COLUMNS

INCOME_COLUMNS = {name.upper(): lab_name for name, lab_name in LAB_COLUMNS.items()}


def read_feeds(source: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read ``DPR_Parks_001.json``, ``DPR_Playgrounds_001.json`` and ``16zpallagi*.csv[.gz]`` from a folder.

    Returns
    -------
    parks, playgrounds, income : pandas.DataFrame
        Feeds as they are; income is New York only, in the lab's column names.
    """
    parks, playgrounds = (
        pd.DataFrame(json.loads((source / name).read_text(encoding="utf-8")))
        for name in ("DPR_Parks_001.json", "DPR_Playgrounds_001.json")
    )
    wanted = {"STATE", *INCOME_COLUMNS}
    income = pd.read_csv(
        next(source.glob("16zpallagi*.csv*")),
        usecols=lambda name: name.upper() in wanted,
        dtype={"zipcode": str},
    ).rename(columns=str.upper)
    income = income[income["STATE"] == "NY"]
    return parks, playgrounds, income[list(INCOME_COLUMNS)].rename(columns=INCOME_COLUMNS)


def build_processed_rows(source: Path) -> pd.DataFrame:
    """Join the feeds of a folder into the processed table.

    Returns
    -------
    pandas.DataFrame
        One row per (playground, ZIP code, AGI bracket); one without income where no ZIP code of the park is in
        the income data.
    """
    parks, playgrounds, income = read_feeds(source)
    rows = playgrounds.merge(
        parks[["Prop_ID", "Zip"]].rename(columns={"Zip": "park_zipcode"}), on="Prop_ID", how="left"
    )
    identity = rows[["Prop_ID", "Playground_ID", "School_ID", "Name"]].fillna("").agg("|".join, axis=1)
    rows["playground_key"] = identity + "|" + rows.groupby(identity).cumcount().astype(str)

    zips = set(income["zipcode"])
    candidates = rows["park_zipcode"].map(
        lambda text: (
            [zipcode for zipcode in dict.fromkeys(text.split(", ")) if zipcode in zips] if isinstance(text, str) else []
        )
    )
    rows["zip_match"] = [
        "exact" if text in zips else "list" if found else "none"
        for text, found in zip(rows["park_zipcode"], candidates, strict=True)
    ]
    return rows.assign(zipcode=candidates).explode("zipcode").merge(income, on="zipcode", how="left")
