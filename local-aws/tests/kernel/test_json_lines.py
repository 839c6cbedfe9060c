import json
from pathlib import Path

from local_aws.kernel.json_lines import JsonLines


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_are_added_to_the_file_of_a_name(tmp_path: Path) -> None:
    for number in range(2):
        JsonLines(tmp_path / "folder").write("topic", {"number": number, "text": "é\n"})
    assert lines(tmp_path / "folder" / "topic.jsonl") == [{"number": number, "text": "é\n"} for number in range(2)]


def test_a_file_at_its_bound_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    written = JsonLines(tmp_path, max_bytes=100)
    for number in range(50):
        written.write("calls", {"number": number, "text": "x" * 20})
    kept = lines(tmp_path / "calls.1.jsonl") + lines(tmp_path / "calls.jsonl")
    assert [line["number"] for line in kept] == list(range(50 - len(kept), 50))
    assert {path.name for path in tmp_path.iterdir()} <= {"calls.jsonl", "calls.1.jsonl"}


def test_what_cannot_be_written_is_told_of_and_no_error(tmp_path: Path, caplog) -> None:
    (tmp_path / "folder").write_text("a file in the way")
    JsonLines(tmp_path / "folder").write("topic", {})
    assert "cannot be written" in caplog.text


def test_a_value_can_neither_end_a_line_nor_reach_a_terminal(tmp_path: Path) -> None:
    text = "a\nb\r\x1b[2J\x9b31m\x85\u2028\u202e\ud800 é"
    JsonLines(tmp_path).write("calls", {"text": text})
    raw = (tmp_path / "calls.jsonl").read_text(encoding="utf-8")
    assert len(raw.splitlines()) == 1
    assert raw.rstrip("\n").isprintable()
    assert json.loads(raw) == {"text": text}
