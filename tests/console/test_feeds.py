"""Where the feeds come from."""

from pathlib import Path

import pytest

from console.errors import CommandError
from console.feeds import LIVE_URLS, check_source, default_source, feed_files

FILES = ("DPR_Parks_001.json", "DPR_Playgrounds_001.json", "16zpallagi.csv")


def folder_of(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_folder_gives_its_three_files_a_place_in_the_raw_bucket(tmp_path: Path) -> None:
    with feed_files(str(folder_of(tmp_path, *FILES)), "raw") as feeds:
        assert feeds.prefix.startswith("s3://raw/feeds/")
        assert feeds.urls == {
            "IncomeUrl": f"{feeds.prefix}16zpallagi.csv",
            "ParksUrl": f"{feeds.prefix}DPR_Parks_001.json",
            "PlaygroundsUrl": f"{feeds.prefix}DPR_Playgrounds_001.json",
        }
        assert feeds.urls.keys() == LIVE_URLS.keys()


def test_other_contents_have_another_place(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, *FILES)
    with feed_files(str(folder), "raw") as feeds:
        before = feeds.prefix
    with feed_files(str(folder), "raw") as feeds:
        assert feeds.prefix == before
    (folder / "16zpallagi.csv").write_text("more")
    with feed_files(str(folder), "raw") as feeds:
        assert feeds.prefix != before


def test_the_sample_is_generated_and_leaves_nothing_behind() -> None:
    with feed_files("sample", "raw") as feeds:
        paths = list(feeds.paths.values())
        assert all(path.is_file() for path in paths)
    assert not any(path.exists() for path in paths)


def test_what_a_folder_lacks_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match=r"lacks DPR_Playgrounds_001\.json, an income file such as 16zpallagi"),
        feed_files(str(folder_of(tmp_path, "DPR_Parks_001.json")), "raw"),
    ):
        pass


def test_two_income_files_are_one_too_many(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match="more than one income file"),
        feed_files(str(folder_of(tmp_path, *FILES, "16zpallagi_ny.csv.gz")), "raw"),
    ):
        pass


@pytest.mark.parametrize(
    ("endpoint", "source"),
    [("", "live"), ("http://127.0.0.1:4600", "sample"), ("https://sagemaker.us-east-1.amazonaws.com", "live")],
)
def test_the_default_is_the_live_feeds_unless_aws_is_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, source: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert default_source() == source


def test_a_feed_under_another_name_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "dpr_parks_001.json", "DPR_Playgrounds_001.json", "incomes.csv", "notes.txt")
    with pytest.raises(CommandError, match=r"\(rename what is one of them: dpr_parks_001\.json, incomes\.csv\)"):
        check_source(str(folder))


@pytest.mark.parametrize(("made", "answer"), [(False, "is not there"), (True, "is a file")])
def test_a_source_that_is_no_folder_is_refused_as_such(tmp_path: Path, made: bool, answer: str) -> None:
    source = tmp_path / "feeds"
    if made:
        source.write_text("")
    with pytest.raises(CommandError, match=f"feeds {answer}; choose 'sample', 'live' or a folder"):
        check_source(str(source))


@pytest.mark.parametrize("source", ["sample", "live"])
def test_sources_that_need_no_folder_are_accepted(source: str) -> None:
    check_source(source)
