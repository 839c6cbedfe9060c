"""The sample that the demo runs on: invented feeds with the formats, quirks, sizes and relations of the real ones.

Every record is drawn from a seeded generator: names, streets, coordinates and figures are made up. The formats and some
proportions are real: how often a field is missing, and how ratings, swings and boroughs go together, so that a model
finds about as much in the sample as in the city.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from console.sample_income import make_income_csv
from console.sample_parks import BOROUGHS, draw_parks
from console.sample_playgrounds import draw_playgrounds

PARKS_FILE = "DPR_Parks_001.json"
PLAYGROUNDS_FILE = "DPR_Playgrounds_001.json"
INCOME_FILE = "16zpallagi_ny.csv.gz"


def write_sample_feeds(
    folder: Path, seed: int = 6, playgrounds: int = 1269, parks: int = 1675, zip_codes: int = 1661
) -> None:
    """Write the three feeds of the sample; the same arguments produce the same bytes.

    The default sizes are the real feeds'. Among the ZIP codes are the city's 177.

    Raises
    ------
    ValueError
        A size is too small to hold the quirks of the real feeds.
    """
    for name, size, minimum in (("playgrounds", playgrounds, 60), ("parks", parks, 100), ("zip_codes", zip_codes, 200)):
        if size < minimum:
            raise ValueError(f"{name}={size} is too few for the sample: use {minimum} or more")
    folder.mkdir(parents=True, exist_ok=True)
    parks_rng, playgrounds_rng, income_rng = (np.random.default_rng([seed, stream]) for stream in range(3))

    park_records = draw_parks(parks_rng, parks)
    _write_json(folder / PARKS_FILE, [asdict(park) for park in park_records])
    _write_json(folder / PLAYGROUNDS_FILE, draw_playgrounds(playgrounds_rng, playgrounds, park_records))

    city = sorted(code for borough in BOROUGHS for code in borough.zip_codes)
    others = income_rng.choice(np.arange(12001, 14976), zip_codes - len(city), replace=False)
    (folder / INCOME_FILE).write_bytes(make_income_csv(income_rng, city, sorted(others.tolist())))


def _write_json(path: Path, records: list[dict[str, str | None]]) -> None:
    """Write one line, ASCII, with escaped slashes, as the publisher's PHP does."""
    path.write_text(json.dumps(records, separators=(",", ":")).replace("/", "\\/"), encoding="ascii")
