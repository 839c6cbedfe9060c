from __future__ import annotations

import pytest

from processing.check_smoke_test import main

TEN = "\n".join(f"0.{digit}" for digit in range(10))
TEN_LABELS = "\n".join("0110100110")


def run(folder, *arguments: str) -> int:
    return main(["--input-dir", str(folder), "--message-file", str(folder / "message"), *arguments])


@pytest.mark.parametrize("text", [TEN, TEN + "\n"])
def test_ten_probabilities_pass(tmp_path, capsys, text):
    (tmp_path / "smoke.csv.out").write_text(text)
    assert run(tmp_path) == 0
    assert "10 answers (score) between 0 and 0.9" in capsys.readouterr().out


def test_ten_labels_pass_where_labels_are_expected(tmp_path, capsys):
    (tmp_path / "smoke.csv.out").write_text(TEN_LABELS)
    assert run(tmp_path, "--answer", "predicted_label") == 0
    assert "10 answers (predicted_label) between 0 and 1" in capsys.readouterr().out


def test_outputs_of_several_files_count_together(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.csv.out").write_text("0.1\n")
    (tmp_path / "b.csv.out").write_text("0.2\n")
    assert run(tmp_path, "--expected-rows", "2") == 0


def test_what_is_no_text_fails_with_a_sentence(tmp_path, capsys):
    (tmp_path / "smoke.csv.out").write_bytes(b"0.1\n\xff\n")
    assert run(tmp_path) != 0
    assert "smoke.csv.out is not CSV text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "holds no file *.out"),
        ("", "0 answer(s) for 10 rows"),
        (TEN + "\n0.5", "11 answer(s) for 10 rows"),
        (TEN.replace("0.3", "nan"), "1 of 10 answers are not a probability between 0 and 1, first: nan"),
        (TEN.replace("0.3", "1.5"), "first: 1.5"),
        (TEN.replace("0.3", '{"predictions": []}'), "Line 4"),
        (TEN.replace("0.3", ""), "Line 4"),
        (TEN.replace("0.3", "1,0.7"), "is not one number: '1,0.7'"),
    ],
)
def test_anything_else_than_scores_fails_with_a_sentence(tmp_path, capsys, text, complaint):
    if text is not None:
        (tmp_path / "smoke.csv.out").write_text(text)
    assert run(tmp_path) == 1
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TEN, "9 of 10 answers are not a label, 0 or 1, first: 0.1"),
        (TEN_LABELS.replace("0", "1,0.7", 1), "Line 1"),
        (TEN_LABELS.replace("1", "true", 1), "Line 2"),
    ],
)
def test_anything_else_than_labels_fails_where_labels_are_expected(tmp_path, capsys, text, complaint):
    (tmp_path / "smoke.csv.out").write_text(text)
    assert run(tmp_path, "--answer", "predicted_label") == 1
    assert complaint in capsys.readouterr().err
