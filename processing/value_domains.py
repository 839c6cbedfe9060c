"""What each field of the feeds may hold: codes, forms and ranges with their units.

What a feed may rightly change, such as a new level or a new borough, is one edit here. Standard library only: the
module travels with the Glue jobs, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from processing.table_columns import INCOME_COUNTS

MISSING: Final = ("", "**")
"""Texts that mean a missing value: the lab's."""

BOROUGHS: Final = {"B": "Brooklyn", "M": "Manhattan", "Q": "Queens", "R": "Staten Island", "X": "Bronx"}
LEVELS: Final = ("1", "2", "3", "4")
AGI_BRACKETS: Final = (1, 2, 3, 4, 5, 6)  # IRS agi_stub since tax year 2009: under $25,000 … $200,000 or more
STATE_IN_USE: Final = "NY"
STATES: Final = (
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR "
    "PA RI SC SD TN TX UT VA VT WA WI WV WY"
)

_IN_PARKS = "".join(BOROUGHS)
_IN_SCHOOLS = _IN_PARKS.replace("B", "K")  # the Department of Education's letters: K is Kings County
_ZIP_CODE = re.compile(r"\d{5}(?:-\d{4})?")
_ZIP_LIST = re.compile(r"\d{5}(-\d{4})?([\s,;/]+\d{5}(-\d{4})?)*")
_NEW_YORK_ELSEWHERE = ("00501", "00544", "06390")  # Holtsville and Fishers Island
_ZIP_TEXT_LENGTH = 50  # characters at which the parks feed cuts a list, in the middle of a code if need be


class OutsideDomainError(ValueError):
    """Raised when a text is not a value of its field."""


@dataclass(frozen=True)
class Domain:
    """What one field may hold."""

    meaning: str
    """The legal values, for messages."""
    canonical: Callable[[str], str | None]
    """Returns the one way to write a stripped text; None for a text that is not in the domain."""
    required: bool = False
    """Whether every record needs a value."""
    most_missing: float = 1.0
    """Share of the records of any import that may lack the value."""
    any_letters: bool = False
    """Whether a value may have other letters and digits than ASCII's; an Arabic 4 is not a level."""

    def parse(self, text: str | None) -> str | None:
        """Return a field's value as its domain writes it, None if it is missing.

        Raises
        ------
        OutsideDomainError
            The text is not a value of the domain.
        """
        stripped = (text or "").strip()
        if stripped in MISSING:
            return None
        value = self.canonical(stripped) if self.any_letters or stripped.isascii() else None
        if value is None:
            raise OutsideDomainError(stripped)
        return value


def _text(text: str) -> str:
    return text


def _codes(*values: str, required: bool = False, most_missing: float = 1.0) -> Domain:
    """Return the domain of a few codes: case is not part of one, and 4.0 is 4."""

    def canonical(text: str) -> str | None:
        code = _without_decimals(text).upper()
        return code if code in values else None

    return Domain(f"one of {', '.join(values)}", canonical, required, most_missing)


def _identifier(first: str, *, required: bool = False, names: bool = False) -> Domain:
    """Return the domain of ids that start with a borough's letter; with `names`, a text of several words is a name."""
    form = re.compile(rf"[{first}][A-Z0-9-]*")

    def canonical(text: str) -> str | None:
        if text.isascii() and form.fullmatch(text.upper()):
            return text.upper()
        return text if names and " " in text else None

    meaning = f"an id of letters, digits and hyphens that starts with a borough's letter, one of {', '.join(first)}"
    return Domain(meaning + (", or a name of several words" if names else ""), canonical, required, any_letters=names)


def _degrees(lowest: float, highest: float) -> Domain:
    """Return the domain of a coordinate in degrees, as its digits are written; 0 is the feed's "unknown"."""

    def canonical(text: str) -> str | None:
        if not re.fullmatch(r"-?\d{1,3}(\.\d*)?", text):
            return None
        return text if float(text) == 0 or lowest <= float(text) <= highest else None

    return Domain(f"{lowest} to {highest} degrees, or 0", canonical)


def _whole_number(unit: str, highest: int, most_missing: float = 1.0) -> Domain:
    """Return the domain of a count; some years of the IRS file write 60 as ``60.0000``."""

    def canonical(text: str) -> str | None:
        digits = _without_decimals(text)
        return str(int(digits)) if re.fullmatch(r"\d{1,15}", digits) and int(digits) <= highest else None

    return Domain(f"a whole number of {unit}, 0 to {highest}", canonical, most_missing=most_missing)


def _five_digits(text: str) -> str | None:
    digits = _without_decimals(text)
    return digits.zfill(5) if re.fullmatch(r"\d{1,5}", digits) else None


def _zip_list(text: str) -> str | None:
    """Return New York's ZIP codes as the feed lists them, ``11201, 11205``, without their extensions of four digits."""
    whole = re.sub(r"[\s,;/]+\d{0,4}$", "", text) if len(text) == _ZIP_TEXT_LENGTH else text
    if not _ZIP_LIST.fullmatch(whole):
        return None
    codes = [code[:5] for code in _ZIP_CODE.findall(whole)]
    if not all("10001" <= code <= "14999" or code in _NEW_YORK_ELSEWHERE for code in codes):
        return None
    return ", ".join(codes) + text[len(whole) :]


def _without_decimals(text: str) -> str:
    return re.sub(r"(?<=\d)\.0*$", "", text)


_YES_NO = _codes("Y", "N", most_missing=0.5)
_TEXT = Domain("any text", _text, any_letters=True)

PARK_DOMAINS: Final[Mapping[str, Domain]] = {
    "Prop_ID": _identifier(_IN_PARKS, required=True),
    "Name": _TEXT,
    "Location": _TEXT,
    "Zip": Domain(
        "one or more ZIP codes of New York State, of five digits each, separated by commas", _zip_list, most_missing=0.5
    ),
}
PLAYGROUND_DOMAINS: Final[Mapping[str, Domain]] = {
    "Prop_ID": _identifier(_IN_PARKS, required=True),
    "Playground_ID": _identifier(_IN_PARKS, names=True),
    "School_ID": _identifier(_IN_SCHOOLS),
    "Status": _TEXT,
    "Name": _TEXT,
    "Location": _TEXT,
    "Accessible": _YES_NO,
    "Level": _codes(*LEVELS, most_missing=0.5),
    "Adaptive_Swing": _YES_NO,
    "lat": _degrees(40.0, 41.5),
    "lon": _degrees(-75.0, -73.0),
}
INCOME_DOMAINS: Final[Mapping[str, Domain]] = {
    "STATE": Domain("a state's two letters", _codes(*STATES.split()).canonical, required=True),
    "zipcode": Domain("a ZIP code of up to five digits", _five_digits, required=True),
    "agi_stub": _codes(*map(str, AGI_BRACKETS), required=True),
} | {
    # No ZIP code and no state has as many returns or persons. N2 counts exemptions, from tax year 2018 individuals.
    name: _whole_number("persons" if name in ("N2", "NUMDEP") else "returns", 50_000_000, most_missing=0.1)
    for name in INCOME_COUNTS
    if name != "agi_stub"
}

UNUSED_PARK_FIELDS: Final = ("Name", "Location")
UNUSED_PLAYGROUND_FIELDS: Final = ("Status",)
UNUSED_INCOME_COUNTS: Final = ("PREP", "NUMDEP", "TOTAL_VITA", "VITA", "TCE")
"""Fields that no feature needs, so a feed may lack them; the IRS's file has no NUMDEP from tax year 2018 on."""

_SHOWN: Final = 5
EDIT_REMEDY: Final = (
    "If the feed is right, add the values to processing/value_domains.py; if not, tell the publisher, or import an "
    "older copy"
)


def outside_domain(field: str, domain: Domain, rows_by_text: Mapping[str, int]) -> str:
    """Return the sentence about a field's values outside its domain, with their counts, the most frequent first."""
    ordered = sorted(rows_by_text.items(), key=lambda item: (-item[1], item[0]))
    values = ", ".join(f"{text[:40]!r} ({rows} row{'s' if rows > 1 else ''})" for text, rows in ordered[:_SHOWN])
    more = sum(rows for _, rows in ordered[_SHOWN:])
    others = f" and {len(ordered) - _SHOWN} more values ({more} rows)" if more else ""
    return f"field '{field}' must be {domain.meaning}; it holds {values}{others}"
