"""The life cycle of background work."""

import threading
import time
from collections.abc import Callable

import pytest

from local_aws.kernel.work import Loop, Running, Schedule, Work


def test_loop_runs_when_asked_and_once_more_at_the_end() -> None:
    done = threading.Semaphore(0)
    loop = Loop("test", done.release)
    loop.start()
    loop.ask()
    assert done.acquire(timeout=60)
    loop.stop()
    assert done.acquire(timeout=60)
    assert not done.acquire(blocking=False)


def test_loop_that_does_not_finish_has_no_last_round() -> None:
    rounds: list[int] = []
    loop = Loop("test", lambda: rounds.append(1), finishes=False)
    loop.start()
    loop.stop()
    assert rounds == []


def test_loop_gathers_what_is_asked_within_a_while() -> None:
    rounds: list[int] = []
    loop = Loop("test", lambda: rounds.append(1), gather_seconds=30)
    loop.start()
    for _ in range(5):
        loop.ask()
    loop.stop()
    assert len(rounds) == 1


def test_loop_runs_again_after_the_seconds_its_round_returns() -> None:
    done = threading.Semaphore(0)

    def round_() -> float:
        done.release()
        return 0.01

    loop = Loop("test", round_)
    loop.start(asked=True)
    for _ in range(3):
        assert done.acquire(timeout=60)
    loop.stop()


def test_failed_round_does_not_end_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Semaphore(0)

    def round_() -> None:
        done.release()
        raise ZeroDivisionError

    loop = Loop("test", round_, retry_seconds=0.01)
    loop.start(asked=True)
    for _ in range(2):
        assert done.acquire(timeout=60)
    loop.stop()
    assert "a round of test failed" in caplog.text


def test_loop_that_was_never_started_stops_at_once() -> None:
    Loop("test", lambda: None).stop()


def test_schedule_handles_keys_when_they_are_due() -> None:
    handled: list[str] = []
    done = threading.Event()

    def handle(key: str) -> None:
        handled.append(key)
        if key == "later":
            done.set()

    schedule = Schedule("test", handle, threads=1)
    schedule.put("later", 0.05)
    schedule.put("now")
    assert done.wait(60)
    schedule.stop()
    assert handled == ["now", "later"]


def test_schedule_goes_on_after_a_key_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def handle(key: str) -> None:
        if key == "bad":
            raise ZeroDivisionError
        done.set()

    schedule = Schedule("test", handle, threads=1)
    schedule.put("bad")
    schedule.put("good")
    assert done.wait(60)
    schedule.stop()
    assert "bad is left until the next start" in caplog.text


def test_stopped_schedule_handles_nothing_more() -> None:
    handled: list[str] = []
    schedule = Schedule("test", handled.append)
    schedule.put("later", 3600)
    schedule.stop()
    schedule.put("now")
    time.sleep(0.05)
    assert handled == []


def test_key_runs_once_at_a_time() -> None:
    work, release = Work("test"), threading.Event()

    def hold(_running: Running) -> None:
        release.wait(60)

    running = work.start("a", hold)
    with pytest.raises(KeyError):
        work.start("a", lambda _running: None)
    assert work.find("a") is running
    assert not work.wait("a", 0.01)
    release.set()
    assert work.wait("a", 60)
    assert running.done.is_set()
    assert work.find("a") is None


def test_work_that_is_not_admitted_is_not_started() -> None:
    work = Work("test")

    def refuse() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        work.start("a", lambda _running: pytest.fail("started"), refuse)
    assert work.find("a") is None


def test_work_that_raises_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    work = Work("test")

    def fail(_running: Running) -> None:
        raise ZeroDivisionError

    running = work.start("a", fail)
    assert running.done.wait(60)
    assert "test a" in caplog.text


def test_stop_waits_for_work_under_way() -> None:
    work, ended = Work("test"), threading.Event()

    def run(_running: Running) -> None:
        time.sleep(0.05)
        ended.set()

    work.start("a", run)
    work.stop()
    assert ended.is_set()


def test_what_work_returns_is_called_after_its_end() -> None:
    work, seen = Work("test"), threading.Event()

    def run(running: Running) -> Callable[[], None]:
        def afterwards() -> None:
            assert running.done.is_set()
            seen.set()

        return afterwards

    work.start("a", run)
    assert seen.wait(60)
