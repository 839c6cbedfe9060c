from __future__ import annotations

import pytest

from processing.check_smoke_test import main

TEN = "\n".join(f"0.{digit}" for digit in range(10))


def run(folder, *arguments: str) -> int:
    return main(["--input-dir", str(folder), "--message-file", str(folder / "message"), *arguments])


@pytest.mark.parametrize("text", [TEN, TEN + "\n"])
def test_ten_probabilities_pass(tmp_path, capsys, text):
    (tmp_path / "smoke.csv.out").write_text(text)
    assert run(tmp_path) == 0
    assert "10 scores between 0.0000 and 0.9000" in capsys.readouterr().out


def test_outputs_of_several_files_count_together(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.csv.out").write_text("0.1\n")
    (tmp_path / "b.csv.out").write_text("0.2\n")
    assert run(tmp_path, "--expected-rows", "2") == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no *.out file"),
        ("", "0 score(s) for 10 rows"),
        (TEN + "\n0.5", "11 score(s) for 10 rows"),
        (TEN.replace("0.3", "nan"), "1 of 10 scores are no probabilities between 0 and 1, first: nan"),
        (TEN.replace("0.3", "1.5"), "first: 1.5"),
        (TEN.replace("0.3", '{"predictions": []}'), "Line 4"),
        (TEN.replace("0.3", ""), "Line 4"),
    ],
)
def test_anything_else_fails_with_a_sentence(tmp_path, capsys, text, complaint):
    if text is not None:
        (tmp_path / "smoke.csv.out").write_text(text)
    assert run(tmp_path) == 1
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()
