"""The invented IRS feed: income statistics of New York's ZIP codes in the format of ``16zpallagi.csv``.

Built like the original: 147 columns of which one (``mars1``) is in lower case, one row per ZIP code and AGI bracket,
ZIP code 0 for the state's total and 99999 for "other", counts rounded to tens with small ones suppressed to zero,
amounts in thousands of dollars.
"""

import gzip

import numpy as np

from processing.table_columns import INCOME_COUNTS

LEADING_COUNTS = tuple("mars1" if name == "MARS1" else name for name in INCOME_COUNTS if name != "agi_stub")
"""The file's header really has ``mars1`` in lower case."""

# Columns after the leading ones. N and A: number of returns with an item, and its amount, under one number.
_OTHER_COUNTS = ("VITA_EIC", "RAL", "RAC", "ELDERLY", "A00100")
_PAIRS_BEFORE_SCHF = "02650 00200 00300 00600 00650 00700 00900 01000 01400 01700"
_PAIRS_AFTER_SCHF = "02300 02500 26270 02900 03220 03300 03270 03150 03210 03230 03240 04470"
_PAIRS_AFTER_A00101 = (
    "17000 18425 18450 18500 18800 18300 19300 19500 19530 19550 19570 19700 20800 21020 04800 05800 09600 05780 07100 "
    "07300 07180 07230 07240 07220 07260 09400 85770 85775 09750 10600 59660 59720 11070 10960 11560 06500 10300 85530 "
    "85300 11901 11902"
)


def _pairs(numbers: str) -> list[str]:
    """Return the names of the pairs' columns; the IRS writes one pair in lower case."""
    pairs = ((f"N{number}", f"A{number}") for number in numbers.split())
    return [name.lower() if "21020" in name else name for pair in pairs for name in pair]


TRAILING_COLUMNS = (
    *_OTHER_COUNTS,
    *_pairs(_PAIRS_BEFORE_SCHF),
    "SCHF",
    *_pairs(_PAIRS_AFTER_SCHF),
    "A00101",
    *_pairs(_PAIRS_AFTER_A00101),
)
COLUMNS = ("STATEFIPS", "STATE", "zipcode", "agi_stub", *LEADING_COUNTS, *TRAILING_COLUMNS)

_BRACKETS = 6
# A row of the tables below has one number an AGI bracket, from under $25,000 to $200,000 and more.
_SHARE_OF_RETURNS = np.array([0.36, 0.22, 0.14, 0.09, 0.13, 0.06])
_RATE_PER_RETURN = {
    "mars1": [0.68, 0.55, 0.50, 0.37, 0.23, 0.16],
    "MARS2": [0.13, 0.21, 0.31, 0.48, 0.68, 0.80],
    "MARS4": [0.17, 0.22, 0.17, 0.12, 0.07, 0.02],
    "PREP": [0.61, 0.61, 0.64, 0.67, 0.71, 0.79],
    "N2": [1.41, 1.77, 1.83, 2.07, 2.46, 2.77],
    "NUMDEP": [0.44, 0.57, 0.52, 0.59, 0.78, 0.98],
    "VITA": [0.026, 0.015, 0.003, 0.0004, 0.0, 0.0],
    "TCE": [0.014, 0.010, 0.005, 0.002, 0.0001, 0.0],
}
_INCOME_THOUSANDS = np.array([12.0, 36.0, 61.0, 87.0, 135.0, 640.0])
_OTHER_ZIP_CODE, _STATE_TOTAL = 99999, 0


def make_income_csv(rng: np.random.Generator, city_zip_codes: list[int], other_zip_codes: list[int]) -> bytes:
    """Return the gzipped CSV, the same bytes for the same state of the generator.

    The city's ZIP codes are populous; the others are towns and villages, the last of which lacks a bracket. There are
    six rows per ZIP code, sorted, and six each for the state's total and "other".
    """
    zip_codes = np.array([*city_zip_codes, *other_zip_codes, _OTHER_ZIP_CODE])
    typical = np.repeat([22_000.0, 1_350.0, 55_000.0], [len(city_zip_codes), len(other_zip_codes), 1])
    # Hardly anyone lives in an office district: its brackets without a return are zero throughout.
    typical[: len(city_zip_codes) : 40] = 150.0
    spread = np.repeat([0.5, 1.5, 0.0], [len(city_zip_codes), len(other_zip_codes), 1])
    affluence = rng.normal(np.where(typical < 2_000, -0.15, 0.0), 0.2)
    returns = _share_returns(typical * rng.lognormal(0.0, spread), affluence)
    table = np.column_stack([_draw_leading_counts(rng, returns), _draw_trailing_columns(rng, returns)])

    keys = np.column_stack([np.repeat(zip_codes, _BRACKETS), np.tile(np.arange(1, _BRACKETS + 1), len(zip_codes))])
    total = table.reshape(len(zip_codes), _BRACKETS, -1).sum(axis=0)
    total_keys = np.column_stack([np.full(_BRACKETS, _STATE_TOTAL), np.arange(1, _BRACKETS + 1)])
    rows = np.vstack([np.column_stack([total_keys, total]), np.column_stack([keys, table])])
    # One ZIP code of the original lacks its highest bracket.
    incomplete = zip_codes[-2]
    rows = rows[~((rows[:, 0] == incomplete) & (rows[:, 1] == _BRACKETS))]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]

    lines = [",".join(COLUMNS), *(f"36,NY,{','.join(map(str, row))}" for row in rows.tolist())]
    return gzip.compress("\n".join([*lines, ""]).encode(), compresslevel=1, mtime=0)


def _share_returns(sizes: np.ndarray, affluence: np.ndarray) -> np.ndarray:
    """Share the returns of each ZIP code among its brackets, one row each; affluence shifts them to the higher ones."""
    shares = _SHARE_OF_RETURNS * np.exp(np.outer(affluence, np.arange(_BRACKETS) - 2.5))
    shares /= shares.sum(axis=1, keepdims=True)
    return _round_counts(sizes[:, None] * shares).reshape(-1)


def _draw_leading_counts(rng: np.random.Generator, returns: np.ndarray) -> np.ndarray:
    """Draw the columns of ``LEADING_COUNTS``."""
    zip_codes = len(returns) // _BRACKETS
    counts = {"N1": returns}
    for name, rates in _RATE_PER_RETURN.items():
        noise = rng.lognormal(0.0, 0.8 if name in ("VITA", "TCE") else 0.08, len(returns))
        counts[name] = _round_counts(returns * np.tile(rates, zip_codes) * noise)
    counts["TOTAL_VITA"] = counts["VITA"] + counts["TCE"]
    return np.column_stack([counts[name] for name in LEADING_COUNTS])


def _draw_trailing_columns(rng: np.random.Generator, returns: np.ndarray) -> np.ndarray:
    """Draw the columns of ``TRAILING_COLUMNS``: counts, and amounts of the count before them."""
    income = np.tile(_INCOME_THOUSANDS, len(returns) // _BRACKETS)
    names = np.array(TRAILING_COLUMNS)
    is_amount = np.array([name[0] in "Aa" and name[1].isdigit() for name in names])
    rates = np.exp(rng.uniform(np.log(0.0005), np.log(0.9), len(names)))
    noise = rng.lognormal(0.0, 0.3, (len(returns), len(names)))
    counts = _round_counts(returns[:, None] * rates * noise)
    last_count = np.maximum.accumulate(np.where(is_amount, 0, np.arange(len(names))))
    amounts = (counts[:, last_count] * income[:, None] * rates * noise).astype(np.int64)
    return np.where(is_amount, amounts, counts)


def _round_counts(values: np.ndarray) -> np.ndarray:
    """Round to tens; below 20 the IRS suppresses a count to zero."""
    tens = np.rint(values / 10).astype(np.int64) * 10
    return np.where(tens < 20, 0, tens)
