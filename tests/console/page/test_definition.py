"""Pipelines as graphs: branches, arrows, conditions in words, and what has become of each step."""

from __future__ import annotations

import pytest

from console.page.definition import edges_of, steps_of
from console.page.pipelines import graph


def step(name, *needs, kind="Processing", **arguments):
    reference = {
        "Inputs": [{"Get": f"Steps.{other}.ProcessingOutputConfig.Outputs['x'].S3Output.S3Uri"} for other in needs]
    }
    return {"Name": name, "Type": kind, "Arguments": reference | arguments}


def condition(name, *needs, yes=(), no=()):
    comparison = {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": {
            "Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{needs[0]}.PropertyFiles.E"}, "Path": "accuracy"}
        },
        "RightValue": {"Get": "Parameters.Threshold"},
    }
    arguments = {"Conditions": [comparison], "IfSteps": list(yes), "ElseSteps": list(no)}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


BRANCHED = {
    "Steps": [
        step("A"),
        step("B", "A"),
        step("C", "A", "B"),
        condition("Gate", "C", yes=[step("Register", "C"), step("Model", "Register")], no=[step("Fail", kind="Fail")]),
    ]
}


def arrows(definition):
    return {(edge["from"], edge["to"], edge["label"]) for edge in edges_of(steps_of(definition))}


def test_arrows_leave_out_what_a_longer_way_implies():
    assert arrows(BRANCHED) == {
        ("A", "B", ""),
        ("B", "C", ""),
        ("C", "Gate", ""),
        ("Gate", "Register", "True"),
        ("Register", "Model", ""),
        ("Gate", "Fail", "False"),
    }


def test_depends_on_counts_as_an_arrow():
    steps = [step("A"), {**step("B"), "DependsOn": ["A"]}, {**step("C"), "DependsOn": ["Gone"]}]
    assert arrows({"Steps": steps}) == {("A", "B", "")}


def test_circle_ends():
    assert len(arrows({"Steps": [step("A", "B"), step("B", "A")]})) <= 1


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"Type": "Equals", "LeftValue": {"Get": "Parameters.Status"}, "RightValue": "Approved"}, "Status = Approved"),
        ({"Type": "LessThan", "LeftValue": 1, "RightValue": 2.5}, "1 < 2.5"),
        (
            {"Type": "In", "QueryValue": {"Get": "Steps.L.OutputParameters['D']"}, "Values": ["a", "b"]},
            "L.OutputParameters['D'] in a, b",
        ),
        ({"Type": "Not", "Condition": {"Type": "Equals", "LeftValue": 1, "RightValue": 1}}, "not (1 = 1)"),
        ({"Type": "Not", "Expression": {"Type": "Equals", "LeftValue": 1, "RightValue": 1}}, "not (1 = 1)"),
        (
            {"Type": "Or", "Conditions": [{"Type": "GreaterThan", "LeftValue": 1, "RightValue": 2}] * 2},
            "(1 > 2) or (1 > 2)",
        ),
    ],
)
def test_conditions_are_put_into_words(written, words):
    (gate,) = steps_of({"Steps": [{"Name": "G", "Type": "Condition", "Arguments": {"Conditions": [written]}}]})
    assert gate.tests == (words,)


def statuses(ran):
    return {node["name"]: node["status"] for node in graph(BRANCHED, ran)["nodes"]}


def test_branch_that_is_not_taken_is_told_apart_from_what_has_not_started():
    gate = {"StepName": "Gate", "StepStatus": "Succeeded", "Metadata": {"Condition": {"Outcome": "False"}}}
    assert set(statuses([]).values()) == {"NotStarted"}
    after = statuses([gate])
    assert (after["Register"], after["Model"], after["Fail"]) == ("NotTaken", "NotTaken", "NotStarted")


def test_cached_step_names_the_execution_that_ran_it():
    ran = {
        "StepName": "A",
        "StepStatus": "Succeeded",
        "CacheHitResult": {"SourcePipelineExecutionArn": "arn:x/execution/1"},
    }
    assert graph(BRANCHED, [ran])["nodes"][0]["cached"] == "arn:x/execution/1"
