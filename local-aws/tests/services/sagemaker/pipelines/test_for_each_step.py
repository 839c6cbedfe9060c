"""ForEach steps: items, order, references, selectors, failures, stops, servers that end meanwhile, and refusals."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local_aws.services import lambda_, sagemaker, sqs
from tests.conftest import RunningServer, running
from tests.services.lambda_.conftest import Bench as Functions
from tests.services.sagemaker.pipelines.conftest import Bench, refused, states_of
from tests.services.sagemaker.pipelines.definitions import (
    ROLE,
    Node,
    callback,
    compare,
    condition,
    definition,
    fail,
    get,
    invoke,
    join,
    parameter,
)
from tests.services.sagemaker.pipelines.test_callback_step import AWS_URL, Consumer
from tests.services.sagemaker.pipelines.test_lambda_step import ARN, ECHO
from tests.waiting import wait_until

BUILDERS = (sagemaker.build, lambda_.build, sqs.build)
CURRENT = "ForEach.CurrentItem"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        Functions(server).create("echo", ECHO, Timeout=20)
        yield Bench(server)


def for_each(name: str, items: Any, *body: Node, most: Any = 10, selector: Any = None, **members: Any) -> Node:
    """Return a ForEach step."""
    arguments = {"IterableItems": items, "MaxConcurrency": most, "ForEachBody": list(body)}
    if selector is not None:
        arguments["Selector"] = selector
    return {"Name": name, "Type": "ForEach", "Arguments": arguments, **members}


def ask(name: str = "Ask", /, outputs: dict[str, str] | None = None, **arguments: Any) -> Node:
    """Return a step that gives back its arguments."""
    return invoke(name, ARN, outputs or {}, arguments)


def pick(kind: str, field: str) -> Node:
    return {"Pick": kind, "Field": get(f"IterationOutput.{field}")}


def metadata(steps: dict[str, Any], name: str = "Each") -> dict[str, Any]:
    found: dict[str, Any] = steps[name]["Metadata"]["ForEach"]
    return found


def counts(status: str, items: int, *ended: int, **more: Any) -> dict[str, Any]:
    succeeded, failed, stopped = ended
    numbers = {"SucceededStepCount": succeeded, "FailedStepCount": failed, "StoppedStepCount": stopped}
    return {"Status": status, "InputItemCount": items, "TotalStepCount": sum(ended), **numbers, **more}


def interval(step: dict[str, Any]) -> tuple[Any, Any]:
    return step["StartTime"], step["EndTime"]


def test_body_runs_once_for_each_item_within_the_bound_and_in_the_order_of_its_iteration(bench: Bench):
    second = ask("Second", {"text": "String"}, text=join(get("Steps.First.OutputParameters['text']"), "!"))
    first = ask("First", {"text": "String"}, text=join("a", get(CURRENT)), sleep=0.1)
    each = for_each("Each", [1, True, get("Parameters.Name")], second, first, most=2)
    outputs = [get(f"Steps.Each.IterationOutputs[{i}].Second.OutputParameters['text']") for i in range(3)]
    members = ["Status", *(f"{kind}Count" for kind in ("InputItem", "TotalStep", "SucceededStep", "FailedStep"))]
    said = fail("Said", join(*outputs, *(get(f"Steps.Each.{member}") for member in members), on=" "))
    status, steps = bench.run("order", definition(each, said, parameters=(parameter("Name"),)), Name="b")

    assert (status, steps["Said"]["FailureReason"]) == ("Failed", "a1! atrue! ab! Succeeded 3 6 6 0")
    assert metadata(steps) == counts("Succeeded", 3, 6, 0, 0)
    names = [f"{name}-{index}" for index in range(3) for name in ("First", "Second")]
    assert sorted(steps) == sorted(["Each", "Said", *names])
    assert [steps[f"First-{index}"]["IterationContext"] for index in range(3)] == [
        {"ParentStepName": "Each", "Index": index, "Item": item} for index, item in enumerate(("1", "true", "b"))
    ]
    assert "IterationContext" not in steps["Each"]
    for index in range(3):
        assert steps[f"First-{index}"]["EndTime"] <= steps[f"Second-{index}"]["StartTime"]
    spans = [interval(steps[name]) for name in names]
    assert max(sum(start <= moment < end for start, end in spans) for moment, _ in spans) == 2
    assert steps["Each"]["StartTime"] <= min(spans)[0] <= max(end for _, end in spans) <= steps["Each"]["EndTime"]


def test_parallelism_of_the_execution_bounds_the_steps_of_iterations_too(bench: Bench):
    bench.create("alone", definition(for_each("Each", ["a", "b", "c"], ask(sleep=0.05))))
    arn = bench.start("alone", ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    assert bench.finish(arn) == "Succeeded"
    spans = sorted(interval(step) for name, step in bench.steps(arn).items() if name != "Each")
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_items_come_from_a_text_and_their_members_can_be_referred_to(bench: Bench):
    item = {"name": "x", "deep": {"list": [{"n": 1}, {"n": 2}]}}
    texts = {"n": get(f"{CURRENT}.deep.list[1].n"), "name": get(f"{CURRENT}['name']"), "whole": get(CURRENT)}
    body = ask(outputs={"n": "Integer", "name": "String", "whole": "String"}, **texts)
    output = "Steps.Each.IterationOutputs[{}].Ask.OutputParameters['{}']"
    names = [get(output.format(i, name)) for i in range(2) for name in ("n", "name", "whole")]
    text = definition(
        ask("Plan", {"items": "String"}, items=get("Parameters.Items")),
        for_each("Each", get("Steps.Plan.OutputParameters['items']"), body),
        fail("Said", join(*names, on="|")),
        parameters=(parameter("Items"),),
    )
    status, steps = bench.run("items", text, Items=json.dumps([item, json.dumps(item)]))

    whole = json.dumps(item)
    assert (status, steps["Said"]["FailureReason"]) == ("Failed", f"2|x|{whole}|2|x|{whole}")
    assert steps["Ask-1"]["IterationContext"]["Item"] == whole


@pytest.mark.parametrize(
    ("name", "items", "argument", "failing", "reason"),
    [
        ("no-list", '{"a": 1}', CURRENT, "Each", "IterableItems is not the text of a JSON list"),
        ("no-json", "a,b", CURRENT, "Each", "IterableItems is not the text of a JSON list"),
        ("null", "[1, null]", CURRENT, "Each", "item 1 of IterableItems is null"),
        ("no-member", '[{"a": 1}]', f"{CURRENT}.b", "Ask-0", "item 0 of step Each has no value at b"),
        ("no-object", '["a"]', f"{CURRENT}.b", "Ask-0", "item 0 of step Each is not valid JSON"),
    ],
)
def test_items_without_the_values_that_are_asked_for_fail_a_step(bench, name, items, argument, failing, reason):
    each = for_each("Each", get("Parameters.Items"), ask(it=get(argument)))
    text = definition(each, parameters=(parameter("Items"),))
    status, steps = bench.run(f"items-{name}", text, Items=items)
    assert (status, reason in steps[failing]["FailureReason"]) == ("Failed", True), steps


def test_empty_list_has_no_iterations(bench: Bench):
    each = for_each("Each", get("Parameters.Items"), ask())
    text = definition(each, parameters=(parameter("Items"),))
    status, steps = bench.run("empty", text, Items="[]")
    assert (status, list(steps), metadata(steps)) == ("Succeeded", ["Each"], counts("Succeeded", 0, 0, 0, 0))


@pytest.mark.parametrize(("kind", "index", "said"), [("MaxBy", 1, "9 b"), ("MinBy", 0, "-3 a")])
def test_selector_picks_an_iteration(bench: Bench, kind, index, said):
    items = [json.dumps({"n": n, "name": name}) for n, name in ((-3, "a"), (9, "b"), (9, "c"), (-3, "d"))]
    kinds = {"n": "Integer", "name": "String"}
    body = ask(outputs=kinds, n=get(f"{CURRENT}.n"), name=get(f"{CURRENT}.name"))
    each = for_each("Each", items, body, selector=pick(kind, "Ask.OutputParameters['n']"))
    message = join(*(get(f"Steps.Each.Selected.OutputParameters['{name}']") for name in kinds), on=" ")
    status, steps = bench.run(f"picks-{kind}", definition(each, fail("Said", message)))

    assert (status, steps["Said"]["FailureReason"]) == ("Failed", said)
    assert metadata(steps) == counts("Succeeded", 4, 4, 0, 0, Selector={"StepName": "Ask", "Index": index})


@pytest.mark.parametrize(
    ("items", "reason"), [('["a"]', "step Ask-0 has 'a'"), ("[]", "no iteration to pick"), ("[true]", "has 'true'")]
)
def test_selector_that_cannot_compare_fails_the_step(bench: Bench, items, reason):
    body = ask(outputs={"n": "String"}, n=join(get(CURRENT)))
    each = for_each("Each", get("Parameters.Items"), body, selector=pick("MaxBy", "Ask.OutputParameters['n']"))
    name = f"no-pick-{len(items)}"
    status, steps = bench.run(name, definition(each, parameters=(parameter("Items"),)), Items=items)
    assert (status, reason in steps["Each"]["FailureReason"]) == ("Failed", True), steps
    assert metadata(steps)["Status"] == "Failed"


def after(other: str) -> Node:
    return invoke("After", ARN, {}, DependsOn=[other])


def failing() -> Node:
    """Return a body that fails for items whose text is none, and sleeps as long as they say."""
    return ask(outputs={"text": "String"}, text=get(f"{CURRENT}.text"), sleep=get(f"{CURRENT}.sleep"))


def test_item_that_no_listing_could_show_fails_the_step(bench: Bench):
    status, steps = bench.run("long", definition(for_each("Each", ["x" * 12_801], ask())))
    assert (status, "more than 12,800 characters" in steps["Each"]["FailureReason"]) == ("Failed", True)


def test_failed_step_of_an_iteration_fails_the_step_once_those_that_run_have_ended(bench: Bench):
    items = [json.dumps({"text": text, "sleep": sleep}) for text, sleep in (([1], 0), ("b", 0.5), ("c", 0))]
    bench.create("fails", definition(for_each("Each", items, failing(), most=2), after("Each")))
    arn = bench.start("fails")
    assert bench.finish(arn) == "Failed"
    steps = bench.steps(arn)
    states = states_of(steps)
    assert states == {"Each": "Failed", "Ask-0": "Failed", "Ask-1": "Succeeded"}
    assert steps["Each"]["FailureReason"] == "ClientError: 1 of 2 steps that were started failed: Ask-0"
    assert metadata(steps) == counts("Failed", 3, 1, 1, 0)


def test_run_condition_within_a_body_is_about_the_same_iteration(bench: Bench):
    items = [json.dumps({"text": text, "sleep": 0}) for text in ("a", [1])]
    rescue = {**ask("Rescue"), "DependsOn": [{"Step": "Ask", "Trigger": "Failed"}]}
    status, steps = bench.run("rescued", definition(for_each("Each", items, failing(), rescue, most=1)))
    states = states_of(steps)
    ends = {"Ask-0": "Succeeded", "Ask-1": "Failed", "Rescue-1": "Succeeded"}
    assert (status, states) == ("Failed", {"Each": "Failed", **ends})


def test_retry_runs_the_steps_that_had_not_succeeded(bench: Bench):
    kinds = {"now": "String", "text": "String"}
    functions = Functions(bench.server)
    functions.create("mends", "def handler(event, context): return {}", Timeout=20)
    bodies = (ask(outputs=kinds, text=get(CURRENT)), invoke("Mend", f"{ARN[:-4]}mends", {"a": "Integer"}))
    bench.create("retried", definition(for_each("Each", ["a", "b"], *bodies, most=1), after("Each")))
    arn = bench.start("retried")
    assert bench.finish(arn) == "Failed"
    before = bench.steps(arn)
    assert states_of(before) == {
        "Each": "Failed",
        "Ask-0": "Succeeded",
        "Mend-0": "Failed",
    }
    functions.client.delete_function(FunctionName="mends")
    functions.create("mends", "def handler(event, context): return {'a': 1}", Timeout=20)
    bench.client.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Succeeded"
    steps = bench.steps(arn)
    assert steps.keys() == {"Each", "Ask-0", "Mend-0", "Ask-1", "Mend-1", "After"}
    assert steps["Ask-0"] == before["Ask-0"]
    assert metadata(steps) == counts("Succeeded", 2, 4, 0, 0)


def test_stop_lets_no_further_iteration_start(bench: Bench):
    bench.create("stops", definition(for_each("Each", ["a", "b", "c"], ask(sleep=0.7), most=2), after("Each")))
    arn = bench.start("stops")
    wait_until(lambda: {"Ask-0", "Ask-1"} <= bench.steps(arn).keys())
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.steps(arn)["Each"]["StepStatus"] == "Stopping"
    assert bench.finish(arn) == "Stopped"
    steps = bench.steps(arn)
    assert states_of(steps) == {
        "Each": "Stopped",
        "Ask-0": "Succeeded",
        "Ask-1": "Succeeded",
    }
    assert metadata(steps) == counts("Stopped", 3, 2, 0, 0)


def test_step_whose_iterations_have_all_succeeded_has_succeeded_though_a_stop_came(bench: Bench):
    bench.create("late", definition(for_each("Each", ["a"], ask(sleep=0.7)), after("Each")))
    arn = bench.start("late")
    wait_until(lambda: "Ask-0" in bench.steps(arn))
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Stopped"
    assert states_of(bench.steps(arn)) == {
        "Each": "Succeeded",
        "Ask-0": "Succeeded",
    }


def waiting(server: RunningServer, name: str) -> tuple[Bench, Consumer, str]:
    """Start a pipeline whose iterations wait for a message's answer, one after the other."""
    bench, consumer = Bench(server), Consumer(server, name)
    step = callback("Ask", AWS_URL.format(name), {"n": "Integer"}, {"item": get(CURRENT)})
    field = "Ask.OutputParameters['n']"
    each = for_each("Each", ["a", "b"], step, most=1, selector=pick("MaxBy", field))
    said = fail("Said", join("best ", get("Steps.Each.Selected.OutputParameters['n']")))
    bench.create(name, definition(each, said))
    return bench, consumer, bench.start(name)


def test_next_server_goes_on_waiting_and_runs_the_other_iterations(tmp_path):
    with running(tmp_path, (sagemaker.build, sqs.build)) as server:
        bench, consumer, arn = waiting(server, "restart")
        first = consumer.receive()
        consumer.succeed(first["token"], n="4")
        second = consumer.receive()
        assert bench.steps(arn)["Ask-0"]["StepStatus"] == "Succeeded"
    with running(tmp_path, (sagemaker.build, sqs.build)) as server:
        bench, consumer = Bench(server), Consumer(server, "restart")
        assert bench.status(arn) == "Executing"
        assert consumer.is_empty()
        consumer.succeed(second["token"], n="3")
        assert bench.finish(arn) == "Failed"
        steps = bench.steps(arn)
        assert steps["Said"]["FailureReason"] == "best 4"
        assert metadata(steps) == counts("Succeeded", 2, 2, 0, 0, Selector={"StepName": "Ask", "Index": 0})
        assert (first["arguments"], second["arguments"]) == ({"item": "a"}, {"item": "b"})


def test_stop_is_sent_to_the_iteration_that_waits(bench: Bench):
    _, consumer, arn = waiting(bench.server, "stop-waiting")
    token = consumer.receive()["token"]
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    stopping = consumer.receive()
    assert (stopping["status"], stopping["token"]) == ("Stopping", token)
    consumer.succeed(token, n="1")
    assert bench.finish(arn) == "Stopped"
    assert metadata(bench.steps(arn)) == counts("Stopped", 2, 1, 0, 0)


def test_server_that_ends_meanwhile_fails_the_step_and_its_iteration(tmp_path):
    with running(tmp_path, (sagemaker.build, lambda_.build)) as server:
        Functions(server).create("echo", ECHO, Timeout=20)
        bench = Bench(server)
        bench.create("interrupted", definition(for_each("Each", ["a", "b"], ask(sleep=1), most=1)))
        arn = bench.start("interrupted")
        wait_until(lambda: bench.steps(arn).get("Ask-0", {}).get("StepStatus") == "Executing")
    with running(tmp_path, (sagemaker.build, lambda_.build)) as server:
        bench = Bench(server)
        assert bench.status(arn) == "Failed"
        assert states_of(bench.steps(arn)) == {
            "Each": "Failed",
            "Ask-0": "Failed",
        }
        bench.client.retry_pipeline_execution(PipelineExecutionArn=arn)
        assert bench.finish(arn) == "Succeeded"
        assert bench.steps(arn).keys() == {"Each", "Ask-0", "Ask-1"}


def test_iterations_are_cached_by_themselves(bench: Bench):
    cached = {"Enabled": True, "ExpireAfter": "P1D"}
    step = {**ask(outputs={"now": "String"}, item=get(CURRENT)), "CacheConfig": cached}
    each = for_each("Each", get("Parameters.Items"), step)
    bench.create("cached", definition(each, parameters=(parameter("Items"),)))
    hits = []
    for items in ('["a", "b"]', '["a", "c"]'):
        arn = bench.start("cached", {"Items": items})
        assert bench.finish(arn) == "Succeeded"
        hits.append({name for name, found in bench.steps(arn).items() if "CacheHitResult" in found})
    assert hits == [set(), {"Ask-0"}]


def test_selective_execution_takes_the_iterations_of_its_source(bench: Bench):
    body = ask(outputs={"now": "String"}, item=get(CURRENT))
    said = ask("Said", {"then": "String"}, then=get("Steps.Each.IterationOutputs[1].Ask.OutputParameters['now']"))
    bench.create("selected", definition(for_each("Each", ["a", "b"], body), said))
    source = bench.start("selected")
    assert bench.finish(source) == "Succeeded"
    selection = {"SourcePipelineExecutionArn": source, "SelectedSteps": [{"StepName": "Said"}]}
    arn = bench.start("selected", SelectiveExecutionConfig=selection)
    assert bench.finish(arn) == "Succeeded"
    before, after_it = bench.steps(source), bench.steps(arn)
    taken = {name for name, step in after_it.items() if "SelectiveExecutionResult" in step}
    assert taken == {"Each", "Ask-0", "Ask-1"}
    assert after_it["Said"]["Metadata"] == before["Said"]["Metadata"]
    selection["SelectedSteps"] = [{"StepName": "Ask"}]
    _, message = refused(
        bench.client.start_pipeline_execution, PipelineName="selected", SelectiveExecutionConfig=selection
    )
    assert "no steps [Ask]" in message


def test_body_may_depend_on_steps_outside_and_lie_in_a_branch(bench: Bench):
    inner = {**ask(outputs={"text": "String"}, text=get("Steps.Plan.OutputParameters['text']")), "DependsOn": ["Slow"]}
    slow = invoke("Slow", ARN, {}, {"sleep": 0.1})
    isles = [
        condition(
            kind, compare("Equals", 1, value), then=(for_each(f"Each{kind}", ["a"], {**inner, "Name": kind + "Ask"}),)
        )
        for kind, value in (("Yes", 1), ("No", 2))
    ]
    text = definition(*isles, ask("Plan", {"text": "String"}, text="x"), slow)
    status, steps = bench.run("branch", text)
    assert (status, set(steps)) == ("Succeeded", {"Plan", "Slow", "Yes", "No", "EachYes", "YesAsk-0"})
    assert steps["Slow"]["EndTime"] <= steps["EachYes"]["StartTime"]


A = {"a": "Integer"}


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ((for_each("E", [], ask()),), "list of 1 to 100"),
        ((for_each("E", ["x"] * 101, ask()),), "list of 1 to 100"),
        ((for_each("E", "x", ask()),), "list of 1 to 100"),
        ((for_each("E", ["x", None], ask()),), "not None"),
        ((for_each("E", [{"a": 1}], ask()),), "holds strings, numbers, booleans and references"),
        ((for_each("E", ["x"], ask(), most=0),), "MaxConcurrency is an integer from 1 to 50"),
        ((for_each("E", ["x"], ask(), most=51),), "MaxConcurrency is an integer from 1 to 50"),
        ((for_each("E", ["x"], ask(), most=True),), "MaxConcurrency is an integer from 1 to 50"),
        ((for_each("E", ["x"]),), "at least one step"),
        ((for_each("E", ["x"], fail("F")),), "'F' of type Fail"),
        ((for_each("E", ["x"], condition("C", compare("Equals", 1, 1))),), "'C' of type Condition"),
        ((for_each("E", ["x"], for_each("I", ["x"], ask())),), "'I' of type ForEach"),
        ((for_each("E", ["x"], {"Name": "C", "Type": "Cleanup", "Arguments": {}}),), "'C' of type Cleanup in ForEachB"),
        ((for_each("E", ["x"], {"Name": "Ask", "Type": "Odd", "Arguments": {}}),), "step 'E': step 'Ask': local_aws"),
        ((for_each("E", ["x"], ask(), CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}),), "are not cached"),
        ((for_each("E", ["x"], ask()), for_each("F", ["x"], ask())), "two steps are named 'Ask'"),
        ((for_each("E", ["x"], ask()), ask()), "two steps are named 'Ask'"),
        ((for_each("E", ["x"], ask("E")),), "two steps are named 'E'"),
        ((for_each("E", ["x"], ask()), ask("Ask-7")), "step 'Ask-7' has the name that an iteration gives"),
        ((for_each("E", ["x"], ask()), ask("B", it=get(CURRENT))), "only in the body of a ForEach step"),
        ((for_each("E", [get(CURRENT)], ask()),), "only in the body of a ForEach step"),
        ((for_each("E", ["x"], ask(it=get("IterationOutput.Ask.a"))),), "cannot read the reference"),
        ((for_each("E", ["x"], ask("A", A)), ask("B", it=get("Steps.A.OutputParameters['a']"))), "of the body of 'E'"),
        ((for_each("E", ["x"], ask("A", it=get("Steps.E.Status"))),), "in a circle"),
        (
            (for_each("E", ["x"], {**ask("A"), "DependsOn": [{"Step": "B", "Trigger": "Any"}]}), ask("B")),
            "step 'A' of a body has a run condition for step 'B' outside it",
        ),
        (
            (
                for_each(
                    "E",
                    ["x"],
                    ask("A", A, it=get("Steps.B.OutputParameters['a']")),
                    ask("B", A, it=get("Steps.A.OutputParameters['a']")),
                ),
            ),
            "in a circle",
        ),
        ((for_each("E", ["x"], ask("A", A, it=get("Steps.A.OutputParameters['b']"))),), "it has OutputParameters['a']"),
        ((for_each("E", ["x"], ask()), ask("B", it=get("Steps.E.Selected.Ask"))), "it has FailedStepCount"),
        ((for_each("E", ["x"], ask()), ask("B", it=get("Steps.E.IterationOutputs.Ask.a"))), "has no IterationOutputs"),
        ((for_each("E", ["x"], ask()), ask("B", it=get("Steps.E.IterationOutputs[0].B.a"))), "has no IterationOutputs"),
        (
            (
                for_each("E", ["x"], ask("A", A)),
                ask("B", it=get("Steps.E.IterationOutputs[0].A.OutputParameters['b']")),
            ),
            "it has OutputParameters['a']",
        ),
        ((for_each("E", ["x"], ask(), selector=pick("Best", "Ask.a")),), "Pick (MaxBy or MinBy)"),
        ((for_each("E", ["x"], ask(), selector=pick("MaxBy", "Ask")),), "Field is a Get of IterationOutput"),
        ((for_each("E", ["x"], ask(), selector=pick("MaxBy", "Other.a")),), "the body has Ask"),
        ((for_each("E", ["x"], ask(), selector={"Pick": "MaxBy", "Field": 1}),), "Field is a Get of IterationOutput"),
        (
            (for_each("E", ["x"], ask("A", A), selector=pick("MaxBy", "A.OutputParameters['b']")),),
            "OutputParameters['a']",
        ),
    ],
)
def test_ill_formed_step_is_refused(bench: Bench, steps, fault):
    text = definition(*steps)
    code, message = refused(bench.client.create_pipeline, PipelineName="no", PipelineDefinition=text, RoleArn=ROLE)
    assert (code, fault in message) == ("ValidationException", True), message
