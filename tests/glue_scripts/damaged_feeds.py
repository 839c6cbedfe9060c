"""Feeds damaged one way each: how, and whether the import refuses them or reads the rows of the clean feed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Records = list[dict[str, Any]]
Outcome = Literal["refused", "harmless"]

PARKS, PLAYGROUNDS, INCOME = "parks", "playgrounds", "income"
TENTH = 10
"""A damage of single values strikes every tenth record that has the field."""


@dataclass(frozen=True)
class Damage:
    """One damaged feed.

    Attributes
    ----------
    field
        The field that is damaged, which a refusal names; "whole file" for none.
    what
        What is wrong with it.
    change
        Returns the damaged content for the clean one.
    file_name
        Name of the damaged file, if it is not the clean one's.
    """

    feed: str
    field: str
    what: str
    outcome: Outcome
    change: Callable[[bytes], bytes]
    file_name: str = ""


WHOLE = "whole file"


def _values(change: Callable[[Any], Any], field: str, every: int) -> Callable[[Records], Records]:
    """Return a function that changes a field's values in every n-th record that has one."""

    def damage(records: Records) -> Records:
        present = [record for record in records if (record[field] or "").strip()]
        for record in present[::every]:
            record[field] = change(record[field])
        return records

    return damage


def _json(damage: Callable[[Records], Any]) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(damage(json.loads(content))).encode()


def _csv(damage: Callable[[Records], Records]) -> Callable[[bytes], bytes]:
    """Return a function that damages rows of a gzipped CSV file by column name; a column that a row lacks goes."""

    def change(content: bytes) -> bytes:
        rows = damage(list(csv.DictReader(io.StringIO(gzip.decompress(content).decode()))))
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    return change


def _text(damage: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return lambda content: damage(gzip.decompress(content).decode()).encode()


def _rename(**names: str) -> Callable[[Records], Records]:
    return lambda records: [{names.get(key, key): value for key, value in record.items()} for record in records]


def _drop(*fields: str) -> Callable[[Records], Records]:
    return lambda records: [{k: v for k, v in record.items() if k not in fields} for record in records]


def _as_of_2023(records: Records) -> Records:
    """Return the records with the fields and the words that the feed has had since 2023, without levels and swings."""
    words = {"Y": "Yes", "N": "No", None: "Limited"}
    added = {"slug": "x", "ADA_Accessible_Comfort_Station": "No", "Sensory-Friendly": "N"}
    kept = _drop("School_ID", "Status", "Level", "Adaptive_Swing")(records)
    return [record | {"Accessible": words[record["Accessible"]]} | added for record in kept]


def _swap(records: Records) -> Records:
    return [record | {"lat": record["lon"], "lon": record["lat"]} for record in records]


def _case(
    feed: str, field: str, what: str, outcome: Outcome, change: Callable[[Any], Any], every: int = TENTH
) -> Damage:
    damage = _values(change, field, every)
    return Damage(feed, field, what, outcome, _csv(damage) if feed == INCOME else _json(damage))


def _padded(text: str) -> str:
    return f" {text} "


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _playground(field: str, what: str, outcome: Outcome, change: Callable[[Any], Any], every: int = TENTH) -> Damage:
    return _case(PLAYGROUNDS, field, what, outcome, change, every)


def _park(field: str, what: str, outcome: Outcome, change: Callable[[Any], Any], every: int = TENTH) -> Damage:
    return _case(PARKS, field, what, outcome, change, every)


def _income(field: str, what: str, outcome: Outcome, change: Callable[[Any], Any], every: int = TENTH) -> Damage:
    return _case(INCOME, field, what, outcome, change, every)


_PLAYGROUND_DAMAGES = (
    _playground("Prop_ID", "blanks around it", "harmless", _padded),
    _playground("Prop_ID", "lower case", "harmless", str.lower),
    _playground("Prop_ID", "a borough Z", "refused", lambda text: f"Z{text[1:]}"),
    _playground("Prop_ID", "a letter ß", "refused", lambda text: f"{text[0]}ß{text[1:]}"),
    _playground("Prop_ID", "a blank within it", "refused", lambda text: f"{text[0]} {text[1:]}"),
    _playground("Prop_ID", "empty", "refused", _always("")),
    _playground("Prop_ID", "a list", "refused", lambda text: [text]),
    Damage(PLAYGROUNDS, "Prop_ID", "the field is missing", "refused", _json(_drop("Prop_ID"))),
    _playground("Playground_ID", "blanks around it", "harmless", _padded),
    _playground("Playground_ID", "lower case", "harmless", str.lower),
    _playground("Playground_ID", "a borough Z", "refused", lambda text: f"Z{text[1:]}"),
    _playground("Playground_ID", "missing in a tenth of the records", "refused", _always(None)),
    _playground("School_ID", "blanks around it", "harmless", _padded),
    _playground("School_ID", "lower case", "harmless", str.lower),
    _playground("School_ID", "a borough Z", "refused", lambda text: f"Z{text[1:]}"),
    _playground("School_ID", "missing in every record", "refused", _always(None), 1),
    _playground("Level", "blanks around it", "harmless", _padded),
    _playground("Level", "the number 4", "harmless", int),
    _playground("Level", "the number 4.0", "harmless", float),
    _playground("Level", "level 5", "refused", _always("5")),
    _playground("Level", "in words", "refused", _always("four")),
    _playground("Level", "half a level", "refused", _always(3.5)),
    _playground("Level", "Arabic digits", "refused", lambda text: chr(0x0660 + int(text))),
    Damage(
        PLAYGROUNDS,
        "Level",
        "twice in a record",
        "refused",
        lambda content: content.replace(b'"Level"', b'"Level": "1", "Level"', 1),
    ),
    _playground("Level", "true", "refused", _always(True)),
    _playground("Level", "missing in a tenth of the records", "refused", _always(None)),
    _playground("Level", "missing in every record", "refused", _always(""), 1),
    Damage(PLAYGROUNDS, "Level", "the field has another name", "refused", _json(_rename(Level="Accessibility_Level"))),
    _playground("Accessible", "blanks around it", "harmless", _padded),
    _playground("Accessible", "lower case", "harmless", str.lower),
    _playground("Accessible", "Yes and No", "refused", {"Y": "Yes", "N": "No"}.get),
    _playground("Accessible", "true and false", "refused", {"Y": True, "N": False}.get),
    _playground("Accessible", "missing in a tenth of the records", "refused", _always(None)),
    _playground("Adaptive_Swing", "blanks around it", "harmless", _padded),
    _playground("Adaptive_Swing", "lower case", "harmless", str.lower),
    _playground("Adaptive_Swing", "Yes and No", "refused", {"Y": "Yes", "N": "No"}.get),
    _playground("Adaptive_Swing", "the numbers 1 and 0", "refused", {"Y": 1, "N": 0}.get),
    _playground("Adaptive_Swing", "missing in a tenth of the records", "refused", _always("**")),
    _playground("Adaptive_Swing", "missing in every record", "refused", _always(None), 1),
    _playground("lat", "a number", "harmless", float),
    _playground("lat", "blanks around it", "harmless", _padded),
    _playground("lat", "Arabic digits", "refused", lambda text: text.replace("4", chr(0x0664))),
    _playground("lat", "a decimal comma", "refused", lambda text: text.replace(".", ",")),
    _playground("lat", "in radians", "refused", _always("0.7108")),
    _playground("lat", "missing in a tenth of the records", "refused", _always(None)),
    Damage(PLAYGROUNDS, "lat", "exchanged for lon", "refused", _json(_swap)),
    _playground("lon", "without its sign", "refused", lambda text: text.lstrip("-")),
    _playground("Name", "blanks around it", "harmless", _padded),
    _playground("Name", "half of a character", "refused", lambda text: f"{text} \ud83d"),
    Damage(PLAYGROUNDS, "Name", "the field is missing", "refused", _json(_drop("Name"))),
    Damage(PLAYGROUNDS, "Status", "the field, which no feature needs, is missing", "harmless", _json(_drop("Status"))),
    Damage(
        PLAYGROUNDS, WHOLE, "cut in the middle of a record", "refused", lambda content: content[: len(content) // 2]
    ),
    Damage(PLAYGROUNDS, WHOLE, "without its last byte", "refused", lambda content: content[:-1]),
    Damage(PLAYGROUNDS, WHOLE, "every second record only", "refused", _json(lambda records: records[::2])),
    Damage(PLAYGROUNDS, WHOLE, "the fields that NYC Parks publishes since 2023", "refused", _json(_as_of_2023)),
    Damage(PLAYGROUNDS, WHOLE, "every record twice", "refused", _json(lambda records: records * 2)),
    Damage(PLAYGROUNDS, WHOLE, "no records", "refused", _json(lambda _: [])),
    Damage(PLAYGROUNDS, WHOLE, "records in an API's envelope", "refused", _json(lambda records: {"data": records})),
    Damage(PLAYGROUNDS, WHOLE, "an HTML page", "refused", _always(b"<html>Sorry</html>")),
    Damage(PLAYGROUNDS, WHOLE, "Latin-1", "refused", lambda content: content.replace(b"Playground", b"Caf\xe9", 1)),
    Damage(PLAYGROUNDS, WHOLE, "UTF-16", "refused", lambda content: content.decode().encode("utf-16")),
    Damage(PLAYGROUNDS, WHOLE, "a byte order mark", "harmless", lambda content: b"\xef\xbb\xbf" + content),
    Damage(PLAYGROUNDS, WHOLE, "lines that end in CR alone", "harmless", lambda text: text.replace(b"},{", b"},\r{")),
)
_PARK_DAMAGES = (
    _park("Prop_ID", "blanks around it", "harmless", _padded),
    _park("Prop_ID", "lower case", "harmless", str.lower),
    _park("Prop_ID", "a borough Z", "refused", lambda text: f"Z{text[1:]}"),
    _park("Prop_ID", "empty", "refused", _always(" ")),
    Damage(
        PARKS,
        "Prop_ID",
        "a record again, in lower case",
        "refused",
        _json(lambda records: [*records, records[0] | {"Prop_ID": records[0]["Prop_ID"].lower()}]),
    ),
    _park("Zip", "blanks around it", "harmless", _padded),
    _park("Zip", "ZIP+4", "harmless", lambda text: text if "," in text else f"{text}-1234"),
    _park("Zip", "semicolons in a list", "harmless", lambda text: text.replace(",", ";") if len(text) < 50 else text),
    _park("Zip", "four digits", "refused", lambda text: text[:4]),
    _park("Zip", "a ZIP code of another state", "refused", _always("90210")),
    _park("Zip", "a place's name", "refused", _always("Brooklyn")),
    _park("Zip", "missing in a tenth of the records", "refused", _always(None)),
    Damage(PARKS, "Zip", "the field is missing", "refused", _json(_drop("Zip"))),
    Damage(PARKS, "Name", "the field, which no feature needs, is missing", "harmless", _json(_drop("Name"))),
    Damage(PARKS, "Location", "the field, which no feature needs, is missing", "harmless", _json(_drop("Location"))),
    Damage(PARKS, WHOLE, "every second record only", "refused", _json(lambda records: records[::2])),
)
_INCOME_DAMAGES = (
    _income("STATE", "blanks around it", "harmless", _padded),
    _income("STATE", "lower case", "harmless", str.lower),
    _income("STATE", "the state's name", "refused", _always("New York")),
    _income("STATE", "empty", "refused", _always("")),
    _income("STATE", "another state in every row", "refused", _always("NJ"), 1),
    _income("zipcode", "blanks around it", "harmless", _padded),
    _income("zipcode", "a decimal: 11222.0", "harmless", lambda text: f"{text}.0"),
    _income("zipcode", "ZIP+4", "refused", lambda text: f"{text}-1234"),
    _income("zipcode", "Arabic digits", "refused", lambda text: text[:-1] + chr(0x0660 + int(text[-1]))),
    _income("zipcode", "empty", "refused", _always("")),
    _income("agi_stub", "blanks around it", "harmless", _padded),
    _income("agi_stub", "a decimal: 1.0", "harmless", lambda text: f"{text}.0"),
    _income("agi_stub", "0 in every row: the file without AGI", "refused", _always("0"), 1),
    _income("agi_stub", "7: the brackets before tax year 2009", "refused", _always("7")),
    _income("agi_stub", "empty", "refused", _always("**")),
    Damage(INCOME, "agi_stub", "the column is missing", "refused", _csv(_drop("agi_stub"))),
    Damage(
        INCOME,
        "agi_stub",
        "one bracket's rows are missing",
        "refused",
        _csv(lambda rows: [row for row in rows if row["agi_stub"] != "6"]),
    ),
    _income("N1", "blanks around it", "harmless", _padded),
    _income("N1", "a decimal: 60.0000", "harmless", lambda text: f"{text}.0000"),
    _income("N1", "thousands separators", "refused", _always("1,060")),
    _income("N1", "Arabic digits", "refused", _always(chr(0x0661) + chr(0x0662))),
    _income("N1", "negative", "refused", _always("-1")),
    _income("N1", "no number", "refused", _always("n/a")),
    _income("N1", "more returns than the country has", "refused", _always("999999999")),
    _income("mars1", "missing in a tenth of the rows", "refused", _always("**")),
    _income("MARS2", "a fraction", "refused", _always("0.5")),
    _income("N2", "missing in a tenth of the rows", "refused", _always("")),
    Damage(INCOME, "N2", "the column is missing", "refused", _csv(_drop("N2"))),
    Damage(
        INCOME, "MARS4", "the column occurs twice", "refused", _text(lambda text: text.replace("MARS2", "MARS4", 1))
    ),
    *(
        Damage(INCOME, name, "the column, which no feature needs, is missing", "harmless", _csv(_drop(name)))
        for name in ("PREP", "NUMDEP", "TOTAL_VITA", "VITA", "TCE")
    ),
    Damage(
        INCOME,
        WHOLE,
        "the columns of tax year 2018",
        "harmless",
        _csv(lambda rows: _rename(A00100="N01750")(_drop("NUMDEP", "RAL")(rows))),
        "18zpallagi.csv",
    ),
    Damage(INCOME, WHOLE, "a name that does not tell the tax year", "refused", gzip.decompress, "income.csv"),
    Damage(INCOME, WHOLE, "titles in capitals and with blanks", "harmless", _text(lambda text: _titles(text, " {} "))),
    Damage(INCOME, WHOLE, "not compressed", "harmless", gzip.decompress),
    Damage(INCOME, WHOLE, "a compressed file that is cut", "refused", lambda content: content[: len(content) // 2]),
    Damage(INCOME, WHOLE, "a compressed file without its last byte", "refused", lambda content: content[:-1]),
    Damage(INCOME, WHOLE, "cut in the middle of a row", "refused", _text(lambda text: text[: len(text) // 2])),
    Damage(INCOME, WHOLE, "lines that end in CR alone", "refused", _text(lambda text: re.sub("\r?\n", "\r", text))),
    Damage(INCOME, WHOLE, "semicolons", "refused", _text(lambda text: text.replace(",", ";"))),
    Damage(INCOME, WHOLE, "a quote in the header that does not end", "refused", _text(lambda text: f'"{text}')),
    Damage(INCOME, WHOLE, "a last row of commas alone", "refused", _text(lambda text: f"{text}{',' * 146}\n")),
    Damage(INCOME, WHOLE, "every row twice", "refused", _csv(lambda rows: rows * 2)),
    Damage(INCOME, WHOLE, "the first half of the rows", "refused", _csv(lambda rows: rows[: len(rows) // 12 * 6])),
    Damage(INCOME, WHOLE, "a header alone", "refused", _text(lambda text: text.partition("\n")[0] + "\n")),
)

DAMAGES = _PLAYGROUND_DAMAGES + _PARK_DAMAGES + _INCOME_DAMAGES


def _titles(text: str, form: str) -> str:
    header, _, rows = text.partition("\n")
    return ",".join(form.format(title.strip().upper()) for title in header.split(",")) + f"\n{rows}"
