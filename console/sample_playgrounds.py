"""The invented playgrounds feed, in the format of NYC Parks' ``DPR_Playgrounds_001.json``."""

from itertools import groupby
from typing import NamedTuple

import numpy as np

from console.sample_parks import BOROUGHS, UNKNOWN_ZIP_CODE, Borough, Park, draw_name, draw_street_corner
from processing.generated_data import MARK

Record = dict[str, str | None]


class Profile(NamedTuple):
    """The fields that define the label, and the one that predicts it best."""

    at_school: bool
    adaptive_swing: str | None
    level: str | None
    accessible: str | None


_PROFILES = {
    Profile(False, "N", "4", "Y"): 617,
    Profile(True, "N", "4", "Y"): 234,
    Profile(False, "N", "2", "Y"): 124,
    Profile(False, "N", "3", "Y"): 9,
    Profile(False, "N", "1", "Y"): 5,
    Profile(False, "N", None, "N"): 2,
    Profile(False, "N", None, None): 1,
    Profile(False, "Y", "3", "Y"): 105,
    Profile(False, "Y", "2", "Y"): 40,
    Profile(False, "Y", "4", "Y"): 21,
    Profile(False, "Y", "1", "Y"): 13,
    Profile(False, None, None, "N"): 86,
    Profile(False, None, None, "Y"): 3,
    Profile(False, None, None, None): 2,
    Profile(False, None, "4", "Y"): 2,
    Profile(False, None, "1", "Y"): 2,
    Profile(False, None, "2", "Y"): 1,
    Profile(False, "", "4", "Y"): 2,
}
"""How many of 1,269 playgrounds have a profile."""

_BOROUGH_WEIGHTS = {
    "school": (92, 15, 62, 28, 37),
    "Y": (49, 55, 33, 11, 31),
    "N": (231, 143, 208, 39, 137),
    "missing": (27, 13, 22, 9, 27),
}
"""Playgrounds by borough, in the order of ``BOROUGHS``: at schools, and elsewhere by adaptive swing."""

_PARK_WEIGHTS = {"one": 832, "several": 175, "none": 2, "absent": 26}
"""Playgrounds outside schools by the ZIP codes of their park; an absent park is not in the parks feed."""

_SHARED_PARKS = {"one": 0.14, "several": 0.66, "none": 0.0, "absent": 0.0}
"""How often a playground lies in a park that already has one."""

_OPEN = "Open to the Public"
_OTHER_STATUS = (
    "Open to the public",
    "Open to the Public: two yards",
    "Temporarily closed: construction",
    "Open weekends",
)


def draw_playgrounds(rng: np.random.Generator, number: int, parks: list[Park]) -> list[Record]:
    """Draw the feed's records: those in parks, by ``Prop_ID``, and then those at schools.

    Profiles have the real feed's proportions, and each occurs.
    """
    drawn = []
    for profile, size in _allot(number).items():
        weights = np.array(_BOROUGH_WEIGHTS["school" if profile.at_school else profile.adaptive_swing or "missing"])
        choices = rng.choice(len(BOROUGHS), size, p=weights / weights.sum())
        drawn += [(BOROUGHS[choice], profile) for choice in choices]
    drawn = [drawn[position] for position in rng.permutation(number)]
    in_parks = [pair for pair in drawn if not pair[1].at_school]
    at_schools = sorted((pair for pair in drawn if pair[1].at_school), key=lambda pair: pair[0].letter)

    prop_ids = _draw_prop_ids(rng, [borough for borough, _ in in_parks], parks)
    places = sorted(zip(prop_ids, in_parks, strict=True), key=lambda place: place[0])
    records = [_make_record(rng, borough, profile, prop_id) for prop_id, (borough, profile) in places]
    _give_playground_ids(rng, records)
    school_numbers = sorted(rng.choice(np.arange(1, len(at_schools) + 999), len(at_schools), replace=False).tolist())
    for (borough, profile), school in zip(at_schools, school_numbers, strict=True):
        record = _make_record(rng, borough, profile, borough.letter)
        record["School_ID"] = f"{borough.school_letter}{school:03d}"
        record["Status"] = _OPEN if rng.random() < 0.93 else str(rng.choice(_OTHER_STATUS))
        record["Name"] = f"{MARK} PS {school}{borough.school_letter}"
        records.append(record)
    _lose_some_fields(rng, records)
    return records


def _allot(number: int) -> dict[Profile, int]:
    """Share a number of playgrounds among the profiles, at least one each; the largest absorbs the rounding."""
    total = sum(_PROFILES.values())
    sizes = {profile: max(1, round(number * weight / total)) for profile, weight in _PROFILES.items()}
    sizes[max(sizes, key=lambda profile: sizes[profile])] += number - sum(sizes.values())
    return sizes


def _draw_prop_ids(rng: np.random.Generator, boroughs: list[Borough], parks: list[Park]) -> list[str]:
    """Draw the park of each playground outside schools."""
    pools: dict[tuple[str, str], list[str]] = {}
    for position in rng.permutation(len(parks)):
        park = parks[position]
        pools.setdefault((park.Prop_ID[0], _zip_kind(park)), []).append(park.Prop_ID)
    weights = np.array(list(_PARK_WEIGHTS.values()))
    kinds = rng.choice(list(_PARK_WEIGHTS), len(boroughs), p=weights / weights.sum())
    used: dict[tuple[str, str], list[str]] = {}
    prop_ids = []
    for position, (borough, kind) in enumerate(zip(boroughs, kinds, strict=True)):
        key = (borough.letter, str(kind))
        before = used.setdefault(key, [])
        if before and (rng.random() < _SHARED_PARKS[key[1]] or (kind != "absent" and not pools[key])):
            prop_ids.append(str(rng.choice(before)))
            continue
        before.append(f"{borough.letter}T{position:03d}" if kind == "absent" else pools[key].pop())
        prop_ids.append(before[-1])
    return prop_ids


def _zip_kind(park: Park) -> str:
    if park.Zip is None or park.Zip == UNKNOWN_ZIP_CODE:
        return "none"
    return "several" if "," in park.Zip else "one"


def _make_record(rng: np.random.Generator, borough: Borough, profile: Profile, prop_id: str) -> Record:
    """Create a record without the ids that only some playgrounds have."""
    latitude, longitude = rng.normal((borough.latitude, borough.longitude), 0.04)
    return {
        "Prop_ID": prop_id,
        "Playground_ID": None,
        "School_ID": None,
        "Status": None,
        "Name": f"{MARK} {draw_name(rng)} Playground",
        "Location": draw_street_corner(rng),
        "Accessible": profile.accessible,
        "Level": profile.level,
        "Adaptive_Swing": profile.adaptive_swing,
        "lat": f"{latitude:.4f}".rstrip("0"),
        "lon": f"{longitude:.4f}".rstrip("0"),
    }


def _give_playground_ids(rng: np.random.Generator, records: list[Record]) -> None:
    """Number the playgrounds of each park; a few stay without an id, and a few share one."""
    pairs = []
    for prop_id, group in groupby(records, key=lambda record: record["Prop_ID"]):
        members = list(group)
        for position, record in enumerate(members, start=1):
            record["Playground_ID"] = prop_id if len(members) == 1 else f"{prop_id}-{position:02d}"
        if len(members) > 1:
            pairs.append((members[0], members[1]))
    # The real feed has four shared ids, one of them with contradictory levels: such a pair comes first.
    pairs.sort(key=lambda pair: pair[0]["Level"] == pair[1]["Level"])
    shared = pairs[:1] + pairs[max(1, len(pairs) - round(3 * len(records) / 1035)) :]
    for first, second in shared:
        second["Playground_ID"] = first["Playground_ID"]
    in_pairs = {id(record) for pair in shared for record in pair}
    others = [record for record in records if id(record) not in in_pairs]
    for position in rng.choice(len(others), max(1, round(14 * len(records) / 1035)), replace=False):
        others[position]["Playground_ID"] = None


def _lose_some_fields(rng: np.random.Generator, records: list[Record]) -> None:
    """Take out coordinates and locations as often as they are missing in the real feed."""
    without_coordinates = max(2, round(24 * len(records) / 1269))
    positions = rng.choice(len(records), without_coordinates + 5, replace=False)
    for position in positions[:without_coordinates]:
        records[position] |= {"lat": None, "lon": None}
    for position in positions[without_coordinates : without_coordinates + 3]:
        records[position]["Location"] = None
    records[positions[-2]]["Location"] = ""
    records[positions[-1]]["lat"] = "0"
