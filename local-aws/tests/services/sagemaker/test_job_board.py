"""Waiting for jobs without polling."""

from __future__ import annotations

import threading

import pytest

from local_aws.services.sagemaker.job_board import JobBoard


def test_who_waits_is_woken_at_the_end() -> None:
    board = JobBoard()
    board.begin("training-job", "a")
    threading.Timer(0.05, board.finish, ("training-job", "a")).start()

    assert not board.wait("training-job", "a", 0.001)
    assert board.wait("training-job", "a", 10)
    assert board.wait("training-job", "a", 0)


def test_what_is_not_on_the_board_has_ended() -> None:
    assert JobBoard().wait("training-job", "nobody", 0)


def test_a_job_runs_once() -> None:
    board = JobBoard()
    board.begin("training-job", "a")
    with pytest.raises(KeyError):
        board.begin("training-job", "a")
    board.begin("processing-job", "a")


def test_drain_waits_for_all() -> None:
    board = JobBoard()
    for name in ("a", "b"):
        board.begin("training-job", name)
    board.finish("training-job", "a")

    assert not board.drain(0.01)
    board.finish("training-job", "b")
    assert board.drain(0)
