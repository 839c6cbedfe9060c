import itertools
import threading
import time

import pytest

from local_aws.services.sagemaker.pipelines.definition import parse_definition
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.scheduler import Scheduler, StepEnd
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal
from tests.services.sagemaker.pipelines.definitions import compare, condition, definition, processing

ALWAYS = compare("Equals", 1, 1)
DONE = StepEnd("Succeeded")


class Run:
    """Runs a definition whose steps end as a table says, and keeps what happened."""

    def __init__(self, *steps, ends=None, work=None, most=50, ended=None):
        graph = build_graph(parse_definition(definition(*steps), STEP_TYPES))
        self.stop = StopSignal()
        self.started: list[str] = []
        self.most_at_once = 0
        self._running = 0
        self._ends = ends or {}
        self.work = work or (lambda name: None)
        self._lock = threading.Lock()
        self._scheduler = Scheduler(graph, self._run, self.stop, lambda: most, ended)

    def status(self) -> str:
        return self._scheduler.run()

    def _run(self, step) -> StepEnd:
        with self._lock:
            self.started.append(step.name)
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        self.work(step.name)
        with self._lock:
            self._running -= 1
        return self._ends.get(step.name, DONE)


def after(name, *others):
    return processing(name, DependsOn=list(others))


def on(trigger, name):
    return {"Step": name, "Trigger": trigger}


@pytest.mark.parametrize("end", ["Succeeded", "Failed", "Stopped"])
@pytest.mark.parametrize("trigger", ["Completed", "Failed", "Stopped", "Any"])
def test_step_runs_on_the_ends_that_its_trigger_asks_for(trigger, end):
    runs = trigger == "Any" or end == {"Completed": "Succeeded"}.get(trigger, trigger)
    run = Run(
        processing("A"),
        after("B", on(trigger, "A")),
        after("Behind", "B"),
        after("C", "A"),
        ends={"A": StepEnd(end)},
    )
    status = run.status()
    assert ("B" in run.started, "Behind" in run.started, "C" in run.started) == (runs, runs, end == "Succeeded")
    broken = "CompletedWithFailures" if runs else "Failed"
    assert status == ("Succeeded" if end == "Succeeded" else broken)


def test_failure_that_a_step_waits_for_lets_the_others_go_on():
    run = Run(
        processing("A"),
        processing("B"),
        after("Notify", on("Failed", "A")),
        after("C", "B"),
        ends={"A": StepEnd("Failed")},
        most=1,
    )
    assert run.status() == "CompletedWithFailures"
    assert sorted(run.started) == ["A", "B", "C", "Notify"]


def test_failure_that_nobody_waits_for_stops_all_but_steps_that_ask_for_another_end():
    run = Run(
        processing("A"),
        processing("B"),
        after("Clean", on("Any", "B")),
        after("C", "B"),
        work=lambda name: time.sleep(0.02 if name == "B" else 0),
        ends={"A": StepEnd("Failed")},
    )
    assert run.status() == "Failed"
    assert sorted(run.started) == ["A", "B", "Clean"]


def test_execution_whose_follower_fails_has_failed():
    run = Run(processing("A"), after("B", on("Failed", "A")), ends={"A": StepEnd("Failed"), "B": StepEnd("Failed")})
    assert (run.status(), run.started) == ("Failed", ["A", "B"])


def test_follower_that_waits_for_a_step_that_never_runs_leaves_the_execution_failed():
    run = Run(
        processing("A"),
        after("B", "A"),
        after("Notify", on("Failed", "A"), on("Any", "B")),
        ends={"A": StepEnd("Failed")},
    )
    assert (run.status(), run.started) == ("Failed", ["A"])


def test_stop_starts_no_step_whatever_its_trigger():
    run = Run(processing("A"), after("B", on("Any", "A")), ends={"A": StepEnd("Stopped")})
    run.work = lambda name: run.stop.request()
    assert (run.status(), run.started) == ("Stopped", ["A"])


@pytest.mark.parametrize(("outcome", "started"), [(True, ["C", "A", "B"]), (False, ["C"])])
def test_any_end_of_a_step_in_a_branch_is_one_of_the_branch_taken(outcome, started):
    run = Run(
        condition("C", ALWAYS, then=(processing("A"),)),
        after("B", on("Any", "A")),
        ends={"C": StepEnd("Succeeded", outcome)},
    )
    assert (run.status(), run.started) == ("Succeeded", started)


def test_steps_wait_for_their_dependencies():
    run = Run(after("C", "B"), after("B", "A"), processing("A"))
    assert (run.status(), run.started) == ("Succeeded", ["A", "B", "C"])


def test_independent_steps_run_side_by_side():
    together = threading.Barrier(3)
    run = Run(*map(processing, "ABC"), work=lambda name: together.wait(60))
    assert run.status() == "Succeeded"
    assert run.most_at_once == 3


def test_parallel_steps_are_limited():
    run = Run(*map(processing, "ABCDE"), work=lambda name: time.sleep(0.01), most=2)
    assert run.status() == "Succeeded"
    assert run.most_at_once == 2
    assert sorted(run.started) == list("ABCDE")


@pytest.mark.parametrize(("outcome", "taken"), [(True, ["C", "A", "B", "E"]), (False, ["C", "D"])])
def test_only_the_chosen_branch_runs(outcome, taken):
    run = Run(
        condition("C", ALWAYS, then=(processing("A"),), otherwise=(processing("D"),)),
        condition("B", ALWAYS, then=(processing("E"),), DependsOn=["A"]),
        after("H", "E"),
        ends={"C": StepEnd("Succeeded", outcome), "B": StepEnd("Succeeded", True)},
    )
    assert run.status() == "Succeeded"
    assert run.started == [*taken, *(["H"] if outcome else [])]


def test_failure_lets_running_steps_finish_and_starts_no_more():
    failed = threading.Event()

    def work(name):
        if name == "A":
            failed.set()
        elif name == "B":
            failed.wait(60)
            time.sleep(0.02)

    run = Run(
        processing("A"), processing("B"), after("C", "A"), after("D", "B"), work=work, ends={"A": StepEnd("Failed")}
    )
    assert run.status() == "Failed"
    assert sorted(run.started) == ["A", "B"]


def test_stop_starts_no_more():
    run = Run(processing("A"), after("B", "A"))
    run.work = lambda name: run.stop.request()
    assert (run.status(), run.started) == ("Stopped", ["A"])


def test_failure_while_stopping_ends_as_failed():
    run = Run(processing("A"), ends={"A": StepEnd("Failed")})
    run.work = lambda name: run.stop.request()
    assert run.status() == "Failed"


def test_succeeded_steps_are_not_run_again():
    run = Run(
        processing("A"),
        condition("C", ALWAYS, then=(after("B", "A"),), otherwise=(processing("D"),)),
        ended={"A": DONE, "C": StepEnd("Succeeded", False)},
    )
    assert (run.status(), run.started) == ("Succeeded", ["D"])


def test_long_chain_runs_in_order():
    names = [f"S{number}" for number in range(100)]
    steps = [processing(names[0]), *(after(name, before) for before, name in itertools.pairwise(names))]
    run = Run(*steps)
    assert run.status() == "Succeeded"
    assert run.started == names


def test_stop_signal_calls_back_once_even_after_the_request():
    signal, calls = StopSignal(), []
    with signal.calling(lambda: calls.append("early")):
        signal.request()
        signal.request()
        with signal.calling(lambda: calls.append("late")):
            pass
    assert calls == ["early", "late"]
    assert signal.wait(0)


def test_stop_signal_drops_callbacks_of_finished_blocks():
    signal, calls = StopSignal(), []
    with signal.calling(lambda: calls.append("gone")):
        pass
    signal.request()
    assert calls == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_step_that_raises_does_not_block_the_execution():
    def work(name):
        if name == "A":
            raise OSError("no space left on device")

    run = Run(processing("A"), after("B", "A"), work=work)
    assert run.status() == "Failed"
    assert run.started == ["A"]
    # Python tells of a thread's exception as the thread ends: in this test, not in the next.
    for thread in threading.enumerate():
        if thread.name == "step A":
            thread.join(60)
