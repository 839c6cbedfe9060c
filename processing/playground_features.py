"""The `playground` feature set: one row per playground, none dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from processing.labels import adaptive_swing, borough_flags, borough_names, playground_label, site_ids
from processing.processed_table import BRACKET, RETURNS
from processing.table_columns import KEY
from processing.value_domains import AGI_BRACKETS, BOROUGHS

_SHARES = {
    "single_share": "num_of_single_returns",
    "joint_share": "num_of_joint_returns",
    "head_of_household_share": "num_of_head_of_household_returns",
}


def build_playground_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Build one row per playground, with the income data of all ZIP codes of its park.

    Returns
    -------
    pandas.DataFrame
        Scoring columns without `split`, then the features of the set; sorted by `playground_key`.
    """
    playgrounds = table.drop_duplicates(KEY).reset_index(drop=True)
    label, label_known = playground_label(playgrounds["Level"], playgrounds["Accessible"])
    described = describe_rows(playgrounds).assign(label=label, label_known=label_known)
    own = pd.DataFrame(
        {
            "adaptive_swing": adaptive_swing(playgrounds["Adaptive_Swing"]),
            "jointly_operated": playgrounds["School_ID"].notna().astype("int8"),
            **borough_flags(playgrounds["Prop_ID"].str[0], "".join(BOROUGHS)),
        }
    )
    income = income_by_playground(table).reindex(playgrounds[KEY]).reset_index(drop=True)
    return pd.concat([described, own, income], axis=1)


def describe_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that identify a row in the scoring table: key, name, place, site and raw label fields."""
    return pd.DataFrame(
        {
            "playground_key": table[KEY],
            "name": table["Name"],
            "borough": borough_names(table["Prop_ID"]),
            "lat": pd.to_numeric(table["lat"], errors="coerce"),
            "lon": pd.to_numeric(table["lon"], errors="coerce"),
            "site_id": site_ids(table["Prop_ID"], table["School_ID"], table[KEY]),
            "level": table["Level"],
            "accessible": table["Accessible"],
        }
    )


def income_by_playground(table: pd.DataFrame) -> pd.DataFrame:
    """Sum a playground's income rows over ZIP codes and brackets, then take shares of the returns.

    Returns
    -------
    pandas.DataFrame
        Indexed by `playground_key`: returns and exemptions as counts, the rest as fractions of the returns; only
        playgrounds with income data, NaN where there are no returns at all.
    """
    rows = table[table[BRACKET].notna()]
    sums = rows.groupby(KEY)[[RETURNS, "num_of_exemptions", *_SHARES.values()]].sum(min_count=1)
    returns = sums[RETURNS].where(sums[RETURNS] > 0)
    brackets = (
        rows.pivot_table(index=KEY, columns=BRACKET, values=RETURNS, aggfunc="sum")
        .reindex(index=sums.index, columns=[float(bracket) for bracket in AGI_BRACKETS])
        .fillna(0.0)
    )
    return pd.DataFrame(
        {
            "returns": sums[RETURNS],
            "exemptions": sums["num_of_exemptions"],
            **{share: sums[count] / returns for share, count in _SHARES.items()},
            **{f"agi_{bracket}_share": brackets[float(bracket)] / returns for bracket in AGI_BRACKETS},
        },
        dtype=np.float64,
    )
