"""Where the feeds come from."""

from pathlib import Path

import pytest

from console.errors import CommandError
from console.feeds import LIVE, feed_urls

FILES = ("DPR_Parks_001.json", "DPR_Playgrounds_001.json", "16zpallagi.csv")


def folder_of(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).write_text("")
    return tmp_path


def test_a_folder_gives_its_three_files(tmp_path: Path) -> None:
    urls = feed_urls(str(folder_of(tmp_path, *FILES)), tmp_path)
    assert urls.income == (tmp_path / "16zpallagi.csv").as_uri()
    assert urls.parks.endswith("/DPR_Parks_001.json")
    assert urls.playgrounds.endswith("/DPR_Playgrounds_001.json")


def test_the_sample_is_generated_below_the_data_folder(tmp_path: Path) -> None:
    assert feed_urls("sample", tmp_path).income == (tmp_path / "sample-feeds/16zpallagi_ny.csv.gz").as_uri()


def test_live_feeds_are_the_labs_sources(tmp_path: Path) -> None:
    assert feed_urls("live", tmp_path) is LIVE


def test_what_a_folder_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"lacks DPR_Playgrounds_001\.json, 16zpallagi"):
        feed_urls(str(folder_of(tmp_path, "DPR_Parks_001.json")), tmp_path)


def test_two_income_files_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="more than one income file"):
        feed_urls(str(folder_of(tmp_path, *FILES, "16zpallagi_ny.csv.gz")), tmp_path)
