"""Selective execution: some steps run, and what they depend on comes from an earlier execution."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import (
    compare,
    condition,
    definition,
    get,
    output_uri,
    parameter,
    processing,
    write_json,
)

READ = "import os; print(os.listdir('/opt/ml/processing/input/in'))"


def abalone() -> str:
    """Return process -> train -> evaluate -> gate(register), and a step beside them."""
    process = processing("Process", write_json("data", "rows.json", [1]), outputs=("data",))
    train = processing(
        "Train",
        f"{READ}; {write_json('model', 'model.json', {})}",
        inputs={"in": output_uri("Process", "data")},
        outputs=("model",),
    )
    evaluate = processing("Evaluate", READ, inputs={"in": output_uri("Train", "model")})
    register = processing("Register", READ, inputs={"in": output_uri("Train", "model")})
    gate = condition("Gate", compare("Equals", get("Parameters.Good"), "yes"), then=(register,), DependsOn=["Evaluate"])
    return definition(
        process, train, evaluate, gate, processing("Beside"), parameters=(parameter("Good", "String", "yes"),)
    )


def select(*names: str, source: str | None = None) -> dict[str, Any]:
    """Return the member that selects steps."""
    place = {} if source is None else {"SourcePipelineExecutionArn": source}
    return {"SelectiveExecutionConfig": {**place, "SelectedSteps": [{"StepName": name} for name in names]}}


@pytest.fixture(scope="module")
def source(bench: Bench) -> str:
    """Return a complete execution of the pipeline `abalone`."""
    bench.create("abalone", abalone())
    arn = bench.start("abalone")
    assert bench.finish(arn) == "Succeeded"
    return arn


def test_selected_steps_run_on_what_the_source_has_left(bench: Bench, source: str):
    chosen = select("Train", "Evaluate", source=source)
    arn = bench.start("abalone", **chosen)
    assert bench.finish(arn) == "Succeeded"
    steps, earlier = bench.steps(arn), bench.steps(source)
    assert list(steps) == ["Process", "Train", "Evaluate"]
    assert steps["Process"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert steps["Process"]["Metadata"] == earlier["Process"]["Metadata"]
    for name in ("Train", "Evaluate"):
        assert "SelectiveExecutionResult" not in steps[name]
        assert steps[name]["Metadata"] != earlier[name]["Metadata"]
    answer = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert answer["SelectiveExecutionConfig"] == chosen["SelectiveExecutionConfig"]


def test_selective_execution_can_be_a_source_itself(bench: Bench, source: str):
    first = bench.start("abalone", **select("Train", source=source))
    assert bench.finish(first) == "Succeeded"
    second = bench.start("abalone", **select("Evaluate", source=first))
    assert bench.finish(second) == "Succeeded"
    assert list(bench.steps(second)) == ["Process", "Train", "Evaluate"]


def test_branch_is_that_of_the_source_unless_the_condition_is_selected(bench: Bench, source: str):
    reused = bench.start("abalone", {"Good": "no"}, **select("Register", source=source))
    assert bench.finish(reused) == "Succeeded"
    assert bench.steps(reused)["Register"]["StepStatus"] == "Succeeded"
    decided = bench.start("abalone", {"Good": "no"}, **select("Gate", "Register", source=source))
    assert bench.finish(decided) == "Succeeded"
    assert "Register" not in bench.steps(decided)


def test_step_of_a_branch_that_the_source_did_not_take_is_refused(bench: Bench, source: str):
    other = bench.start("abalone", {"Good": "no"})
    assert bench.finish(other) == "Succeeded"
    chosen = select("Register", source=other)
    code, message = refused(bench.client.start_pipeline_execution, PipelineName="abalone", **chosen)
    assert (code, "branch of [Gate] that was not taken" in message) == ("ValidationException", True)


def test_steps_without_dependencies_need_no_source(bench: Bench, source: str):
    arn = bench.start("abalone", **select("Process", "Train"))
    assert bench.finish(arn) == "Succeeded"
    assert list(bench.steps(arn)) == ["Process", "Train"]


def test_failed_execution_is_continued_with_another_definition(bench: Bench):
    bench.create("mended", definition(processing("A", write_json("x", "y.json", 1), outputs=("x",)), broken(True)))
    first = bench.start("mended")
    assert bench.finish(first) == "Failed"
    mended = definition(processing("A", write_json("x", "y.json", 1), outputs=("x",)), broken(False))
    bench.client.update_pipeline(PipelineName="mended", PipelineDefinition=mended)
    second = bench.start("mended", **select("B", source=first))
    assert bench.finish(second) == "Succeeded"
    assert bench.steps(second)["A"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": first}


def broken(fails: bool) -> dict[str, Any]:
    return processing("B", f"{READ}; assert not {fails}", inputs={"in": output_uri("A", "x")})


def test_failed_selective_execution_is_retried_with_its_selection(bench: Bench, source: str):
    bench.create(
        "again",
        definition(
            processing("A", write_json("x", "y.json", 1), outputs=("x",)),
            broken(True),
            processing("C", DependsOn=["B"]),
        ),
    )
    first = bench.start("again")
    assert bench.finish(first) == "Failed"
    second = bench.start("again", **select("B", source=first))
    assert bench.finish(second) == "Failed"
    bench.client.retry_pipeline_execution(PipelineExecutionArn=second)
    assert bench.finish(second) == "Failed"
    steps = bench.steps(second)
    assert (list(steps), steps["A"]["StepStatus"]) == (["A", "B"], "Succeeded")


@pytest.mark.parametrize(
    ("names", "with_source", "words"),
    [
        (("Nobody",), True, "the pipeline definition has no steps [Nobody]"),
        (("Process", "Evaluate"), True, "[Train] are between selected steps"),
        (
            ("Evaluate", "Beside"),
            False,
            "Invalid SourcePipelineExecutionArn: null. The selected steps [Evaluate] have dependencies on "
            "[Process, Train]",
        ),
    ],
)
def test_selection_that_cannot_run_is_refused(bench: Bench, source: str, names, with_source, words):
    chosen = select(*names, source=source if with_source else None)
    code, message = refused(bench.client.start_pipeline_execution, PipelineName="abalone", **chosen)
    assert code == "ValidationException"
    assert words in message


def test_source_is_an_execution_of_the_pipeline_that_has_done_the_work(bench: Bench, source: str):
    def reason(execution: str) -> str:
        chosen = select("Evaluate", source=execution)
        code, message = refused(bench.client.start_pipeline_execution, PipelineName="abalone", **chosen)
        assert code in ("ValidationException", "ResourceNotFound")
        return message

    assert "does not exist" in reason(source + "x")
    bench.create("other", abalone())
    other = bench.start("other")
    assert "must be an ended execution of" in reason(other)
    bench.finish(other)
    partial = bench.start("abalone", **select("Process"))
    bench.finish(partial)
    assert "[Train], which have not succeeded in that execution" in reason(partial)
