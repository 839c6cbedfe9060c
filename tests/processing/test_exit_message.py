from __future__ import annotations

import pytest

from processing.exit_message import MAX_MESSAGE_BYTES, ProcessingError, run_script


def fail(error: Exception) -> None:
    raise error


def test_an_expected_failure_becomes_an_exit_code_and_a_message(tmp_path, capsys):
    assert run_script(lambda: fail(ProcessingError("no rows")), tmp_path / "message") == 1
    assert (tmp_path / "message").read_text() == "no rows"
    assert capsys.readouterr().err == "no rows\n"


def test_an_unexpected_failure_leaves_its_message_and_keeps_its_traceback(tmp_path):
    with pytest.raises(ZeroDivisionError):
        run_script(lambda: fail(ZeroDivisionError("division by zero")), tmp_path / "message")
    assert (tmp_path / "message").read_text() == "ZeroDivisionError: division by zero"


def test_a_message_is_cut_at_the_length_that_sagemaker_shows(tmp_path):
    run_script(lambda: fail(ProcessingError("x" * 5000)), tmp_path / "message")
    assert len((tmp_path / "message").read_bytes()) == MAX_MESSAGE_BYTES


def test_outside_a_container_no_folder_is_made_for_the_message(tmp_path):
    assert run_script(lambda: fail(ProcessingError("no rows")), tmp_path / "output" / "message") == 1
    assert not (tmp_path / "output").exists()


def test_what_a_script_returns_is_its_exit_message(tmp_path):
    message = tmp_path / "message"

    assert run_script(lambda: "The gate stays shut.", message) == 0
    assert message.read_text() == "The gate stays shut."


def test_a_script_that_returns_nothing_leaves_no_message(tmp_path):
    assert run_script(lambda: None, tmp_path / "message") == 0
    assert not (tmp_path / "message").exists()
