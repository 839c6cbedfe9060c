"""The libraries of the page, as their authors publish them: ``python -m console.page.vendor`` fetches them again.

`vendor.json` has versions, licences and the SHA-256 of every file; a fetched file that differs is refused. After a
version was changed there, ``--accept`` writes the new digests. It needs npm, which serving the page does not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console.terminal import say

LIST = Path(__file__).with_name("vendor.json")
FOLDER = Path(__file__).parent / "static" / "vendor"
BOROUGHS = "boroughs.json"
"""Made from the counties of us-atlas, by `_boroughs`."""

_COUNTIES = {"36005": "Bronx", "36047": "Brooklyn", "36061": "Manhattan", "36081": "Queens", "36085": "Staten Island"}
_AROUND = frozenset({"34003", "34013", "34017", "34023", "34025", "34031", "34039", "36059", "36087", "36119"})


def main() -> int:
    """Fetch the libraries and compare them with the list; return 1 if a file differs."""
    parser = argparse.ArgumentParser(description="Fetch the libraries of the page.")
    parser.add_argument("--accept", action="store_true", help="write the digests of what was fetched into vendor.json")
    accept = parser.parse_args().accept
    listed = json.loads(LIST.read_text())
    with tempfile.TemporaryDirectory() as folder:
        fetched = dict(_fetched(listed["packages"], Path(folder)))
        digests = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in sorted(fetched.items())}
        differing = sorted(name for name in digests if listed["digests"].get(name) != digests[name])
        if differing and not accept:
            say(f"not the files of vendor.json: {', '.join(differing)}", stream=sys.stderr)
            return 1
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for name, file in fetched.items():
            shutil.copyfile(file, FOLDER / name)
    LIST.write_text(json.dumps({**listed, "digests": digests}, indent=2) + "\n")
    return 0


def _fetched(packages: list[dict[str, Any]], folder: Path) -> Iterator[tuple[str, Path]]:
    for number, package in enumerate(packages):
        into = folder / str(number)
        into.mkdir()
        wanted = f"{package['name']}@{package['version']}"
        npm = ["npm", "pack", wanted, "--silent", "--ignore-scripts", "--pack-destination", str(into)]
        subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(into.glob("*.tgz"))) as archive:
            archive.extractall(into, filter="data")
        for source, name in package["files"].items():
            if name == BOROUGHS:
                atlas = json.loads((into / "package" / source).read_text())
                (into / name).write_text(json.dumps(_boroughs(atlas), separators=(",", ":")) + "\n")
                yield name, into / name
            else:
                yield name, into / "package" / source


def _boroughs(atlas: dict[str, Any]) -> dict[str, Any]:
    """Return the boroughs and the counties around them as GeoJSON, from a topology of the Census Bureau's counties."""
    scale, translate = atlas["transform"]["scale"], atlas["transform"]["translate"]
    features = []
    for county in atlas["objects"]["counties"]["geometries"]:
        if county["id"] not in _COUNTIES and county["id"] not in _AROUND:
            continue
        polygons = county["arcs"] if county["type"] == "MultiPolygon" else [county["arcs"]]
        coordinates = [[_ring(atlas["arcs"], ring, scale, translate) for ring in polygon] for polygon in polygons]
        features.append(
            {
                "type": "Feature",
                "properties": {"borough": _COUNTIES.get(county["id"], "")},
                "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _ring(arcs: list[Any], ring: list[int], scale: list[float], translate: list[float]) -> list[list[float]]:
    """Return a ring's points: a negative number is an arc backwards; arcs hold differences of whole numbers."""
    points: list[list[float]] = []
    for number in ring:
        x = y = 0
        arc = []
        for dx, dy in arcs[~number if number < 0 else number]:
            x, y = x + dx, y + dy
            arc.append([round(x * scale[0] + translate[0], 5), round(y * scale[1] + translate[1], 5)])
        arc = arc[::-1] if number < 0 else arc
        points.extend(arc if not points else arc[1:])
    return points


if __name__ == "__main__":
    sys.exit(main())
