"""Events: handled later, retried, kept over a restart, and given up in the open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_aws.services import lambda_
from local_aws.services.lambda_ import work
from tests.conftest import running
from tests.services.lambda_.conftest import Bench
from tests.waiting import wait_until

ONCE_A_FAILURE = """
import pathlib
def handler(event, context):
    tries = pathlib.Path(event)
    seen = tries.read_text() if tries.exists() else ""
    tries.write_text(seen + context.aws_request_id + "\\n")
    if len(seen.splitlines()) < FAILURES:
        raise RuntimeError("not yet")
"""


def test_event_is_accepted_at_once_and_handled_later(bench: Bench, tmp_path: Path):
    bench.create("later", ONCE_A_FAILURE.replace("FAILURES", "0"))
    answer, payload = bench.invoke("later", str(tmp_path / "tries"), InvocationType="Event")
    assert (answer["StatusCode"], payload) == (202, None)
    wait_until(lambda: not events(bench))
    assert len((tmp_path / "tries").read_text().splitlines()) == 1


def test_failing_event_is_tried_three_times_with_one_request_id(bench: Bench, tmp_path: Path):
    bench.create("never", ONCE_A_FAILURE.replace("FAILURES", "9"))
    bench.invoke("never", str(tmp_path / "tries"), InvocationType="Event")
    wait_until(lambda: not events(bench))
    tries = (tmp_path / "tries").read_text().splitlines()
    assert (len(tries), len(set(tries))) == (3, 1)
    [line] = [line for line in bench.log("never") if line.startswith("local_aws gives up")]
    assert tries[0] in line
    assert "it has failed 3 times, the last time with RuntimeError: not yet" in line


def test_throttled_event_waits_without_counting_as_failed(bench: Bench, tmp_path: Path):
    bench.create("throttled", ONCE_A_FAILURE.replace("FAILURES", "0"))
    bench.client.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    bench.invoke("throttled", str(tmp_path / "tries"), InvocationType="Event")
    # More refusals than tries.
    wait_until(lambda: events(bench)[0]["Refusals"] > len(work.RETRY_SECONDS))
    assert events(bench)[0]["Failures"] == 0
    bench.client.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=1)
    wait_until((tmp_path / "tries").exists)
    wait_until(lambda: not events(bench))


def events(bench: Bench) -> list[dict[str, Any]]:
    """What waits in the queue."""
    return bench.server.context.records.list(work.KIND)


def test_event_survives_the_server(tmp_path: Path):
    builders = (lambda_.build,)
    with running(tmp_path / "data", builders) as server:
        bench = Bench(server)
        bench.create("kept", ONCE_A_FAILURE.replace("FAILURES", "0"))
        bench.client.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=0)
        bench.invoke("kept", str(tmp_path / "tries"), InvocationType="Event")
    assert not (tmp_path / "tries").exists()
    with running(tmp_path / "data", builders) as server:
        Bench(server).client.delete_function_concurrency(FunctionName="kept")
        wait_until((tmp_path / "tries").exists)


def test_event_of_a_deleted_function_is_dropped(bench: Bench, tmp_path: Path):
    bench.create("dropped", ONCE_A_FAILURE.replace("FAILURES", "0"))
    bench.client.put_function_concurrency(FunctionName="dropped", ReservedConcurrentExecutions=0)
    bench.invoke("dropped", str(tmp_path / "tries"), InvocationType="Event")
    bench.client.delete_function(FunctionName="dropped")
    wait_until(lambda: not events(bench))
    assert any("Function not found" in line for line in bench.log("dropped"))
