"""Label, site and borough of a playground, from the raw columns of the feed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from processing.value_domains import BOROUGHS

POSITIVE_LEVEL = "4"


def playground_label(level: pd.Series, accessible: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Label playgrounds by level ('1' to '4' or missing) and accessibility ('Y', 'N' or missing).

    Returns
    -------
    label : pandas.Series
        Int8: 1 for level 4; 0 for any other level, and for a missing level where accessible is 'N'; missing otherwise.
    label_known : pandas.Series
        Int8: 1 where the label is not missing.
    """
    known = level.notna() | (accessible == "N")
    label = (level == POSITIVE_LEVEL).astype("Int8").where(known)
    return label, known.astype("int8")


def lab_label(level: pd.Series) -> pd.Series:
    """Label as the lab does: 1 for level 4, 0 for everything else, a missing level included."""
    return (level == POSITIVE_LEVEL).astype("Int8")


def site_ids(prop_id: pd.Series, school_id: pd.Series, playground_key: pd.Series) -> pd.Series:
    """Return the site, park or school, of each playground.

    A school and a park may share an id (M005 is both): they then count as one site, which coarsens the groups but lets
    nothing leak.

    Parameters
    ----------
    prop_id
        Park property; a bare borough letter (no park) for jointly operated school playgrounds.
    school_id
        School, or missing.
    playground_key
        Used where neither names a site, so that such a playground is a site of its own.
    """
    no_park = prop_id.str.len() == 1
    return prop_id.where(~no_park, school_id.fillna(playground_key))


def borough_names(prop_id: pd.Series) -> pd.Series:
    """Return the borough by the first letter of Prop_ID."""
    return prop_id.str[0].map(BOROUGHS)


def adaptive_swing(answer: pd.Series) -> pd.Series:
    """Return 1.0 for 'Y', 0.0 for 'N', NaN otherwise."""
    return answer.map({"Y": 1.0, "N": 0.0}).astype("float64")


def borough_flags(first_letter: pd.Series, letters: str) -> dict[str, np.ndarray]:
    """Return one 0/1 column per letter, named `borough_<letter>`."""
    return {f"borough_{letter.lower()}": (first_letter == letter).to_numpy().astype("int8") for letter in letters}
