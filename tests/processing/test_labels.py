from __future__ import annotations

import pandas as pd
import pytest

from processing.labels import adaptive_swing, borough_names, lab_label, playground_label, site_ids


@pytest.mark.parametrize(
    ("level", "accessible", "label", "known"),
    [
        ("4", "Y", 1, 1),
        ("1", "Y", 0, 1),
        ("3", None, 0, 1),
        (None, "N", 0, 1),
        (None, "Y", None, 0),
        (None, None, None, 0),
    ],
)
def test_a_missing_level_is_negative_only_where_the_playground_is_not_accessible(level, accessible, label, known):
    labels, label_known = playground_label(pd.Series([level], dtype=object), pd.Series([accessible], dtype=object))
    assert label_known.tolist() == [known]
    assert (None if labels.isna()[0] else int(labels[0])) == label


def test_the_lab_counts_a_missing_level_as_negative():
    assert lab_label(pd.Series(["4", "2", None], dtype=object)).tolist() == [1, 0, 0]


def test_a_site_is_the_park_or_where_there_is_none_the_school_or_the_playground():
    sites = site_ids(
        pd.Series(["B001", "B", "Q"], dtype=object),
        pd.Series([None, "K006", None], dtype=object),
        pd.Series(["a", "b", "c"], dtype=object),
    )
    assert sites.tolist() == ["B001", "K006", "c"]


def test_a_swing_that_is_neither_yes_nor_no_is_missing():
    swing = adaptive_swing(pd.Series(["Y", "N", None, ""], dtype=object))
    assert swing.tolist()[:2] == [1.0, 0.0]
    assert swing.isna().tolist() == [False, False, True, True]


def test_the_borough_comes_from_the_first_letter():
    assert borough_names(pd.Series(["X180", "M"], dtype=object)).tolist() == ["Bronx", "Manhattan"]
