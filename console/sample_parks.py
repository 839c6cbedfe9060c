"""The invented parks feed, in the format of NYC Parks' ``DPR_Parks_001.json``, and the invented city it lies in."""

from dataclasses import dataclass

import numpy as np

_NAMES = (
    "Alder Amber Badger Basalt Beacon Birch Bittern Bluebell Brindle Cedar Cinder Clover Cobalt Copper Cricket "
    "Damson Dapple Egret Ember Fennel Finch Garnet Gorse Granite Hazel Heron Indigo Juniper Kestrel Larch Lantern "
    "Linden Marble Marten Mulberry Nettle Osprey Otter Pebble Plover Quarry Quince Rowan Rush Saffron Sable "
    "Sorrel Tamarack Teal Thistle Tulip Umber Verbena Walnut Wren Yarrow"
)
_WORDS = _NAMES.split()
_PARK_KINDS = ("Playground", "Park", "Square", "Triangle", "Garden", "Green", "Field", "Mall")
_ZIP_TEXT_LENGTH = 50


@dataclass(frozen=True)
class Borough:
    """A borough's letter in ``Prop_ID`` and in ``School_ID``, parks of 1,675, ZIP codes, and centre (degrees)."""

    letter: str
    school_letter: str
    parks: int
    zip_codes: range
    latitude: float
    longitude: float


BOROUGHS = (
    Borough("B", "K", 463, range(11201, 11239), 40.65, -73.95),
    Borough("M", "M", 310, range(10001, 10043), 40.78, -73.97),
    Borough("Q", "Q", 449, range(11360, 11420), 40.71, -73.82),
    Borough("R", "R", 153, range(10301, 10313), 40.58, -74.14),
    Borough("X", "X", 300, range(10451, 10476), 40.85, -73.88),
)
UNKNOWN_ZIP_CODE = "11359"
"""A ZIP code of the city that the income feed does not know."""


@dataclass(frozen=True)
class Park:
    """A record of the feed; ``Zip`` is None, one ZIP code, or several in one text."""

    Prop_ID: str
    Name: str
    Location: str
    Zip: str | None


def draw_parks(rng: np.random.Generator, number: int) -> list[Park]:
    """Draw the feed's records, sorted by ``Prop_ID``, which is unique: ``B001``, ``B001A``, ``B017P03``.

    6 % have no ZIP code, 7.5 % several; one has a ZIP code without income data.
    """
    total = sum(borough.parks for borough in BOROUGHS)
    sizes = [round(number * borough.parks / total) for borough in BOROUGHS[1:]]
    sizes.insert(0, number - sum(sizes))
    parks = []
    for borough, size in zip(BOROUGHS, sizes, strict=True):
        zip_texts: list[str | None] = [None] * max(1, round(0.063 * size))
        zip_texts += [_draw_zip_list(rng, borough) for _ in range(max(2, round(0.075 * size)))]
        if borough.letter == "Q":
            zip_texts.append(UNKNOWN_ZIP_CODE)
        zip_texts += [str(code) for code in rng.choice(borough.zip_codes, size - len(zip_texts))]
        order = rng.permutation(size)
        parks += [
            Park(prop_id, f"{draw_name(rng)} {rng.choice(_PARK_KINDS)}", draw_street_corner(rng), zip_texts[position])
            for prop_id, position in zip(_draw_ids(rng, borough.letter, size), order, strict=True)
        ]
    return parks


def draw_name(rng: np.random.Generator) -> str:
    """Draw two invented words, such as "Copper Heron"."""
    return " ".join(rng.choice(_WORDS, 2, replace=False))


def draw_street_corner(rng: np.random.Generator) -> str:
    """Draw an invented place, such as "Birch St. bet. Wren Ave. and Teal Ave."."""
    street, first, second = rng.choice(_WORDS, 3, replace=False)
    return f"{street} St. bet. {first} Ave. and {second} Ave."


def _draw_zip_list(rng: np.random.Generator, borough: Borough) -> str:
    """Draw several neighbouring ZIP codes in one text, which the feed cuts at 50 characters."""
    size = rng.choice([2, 3, 4, 5, 6, 7, 8], p=[0.64, 0.12, 0.09, 0.07, 0.02, 0.04, 0.02])
    first = rng.integers(len(borough.zip_codes) - size + 1)
    return ", ".join(map(str, borough.zip_codes[first : first + size]))[:_ZIP_TEXT_LENGTH]


def _draw_ids(rng: np.random.Generator, letter: str, size: int) -> list[str]:
    """Draw unique ids: most are a letter and three digits; some share them and add a letter or a zone."""
    ids: list[str] = []
    number = 0
    for kind in rng.random(size):
        stem = f"{letter}{number:03d}"
        if ids and ids[-1] == stem and kind < 0.15:
            ids.append(f"{stem}A")
        elif ids and ids[-1] == stem and kind < 0.2:
            ids.append(f"{stem}P{rng.integers(1, 100):02d}")
        else:
            number += 1
            ids.append(f"{letter}{number:03d}")
    return ids
