import threading

from local_aws.kernel.background import Background


def test_a_round_is_done_when_it_is_asked_for_and_one_at_the_end() -> None:
    done = threading.Semaphore(0)
    background = Background("test", done.release)
    background.start()
    background.ask()
    assert done.acquire(timeout=60)
    background.stop()
    assert done.acquire(timeout=60)
    assert not done.acquire(blocking=False)


def test_what_comes_within_a_while_is_one_round() -> None:
    rounds: list[int] = []
    background = Background("test", lambda: rounds.append(1), gather_seconds=30)
    background.start()
    for _ in range(5):
        background.ask()
    background.stop()
    assert len(rounds) == 1


def test_a_round_that_fails_does_not_end_the_work(caplog) -> None:
    done = threading.Semaphore(0)

    def work() -> None:
        done.release()
        raise ZeroDivisionError

    background = Background("test", work)
    background.start()
    for _ in range(2):
        background.ask()
        assert done.acquire(timeout=60)
    background.stop()
    assert "a round of test failed" in caplog.text


def test_one_that_was_never_started_stops_at_once() -> None:
    Background("test", lambda: None).stop()
