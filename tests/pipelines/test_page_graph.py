"""The pipeline as the page draws it."""

from __future__ import annotations

from typing import Any

from console.page.definition import edges_of, parameters_of_definition, steps_of


def test_own_pipeline_is_one_graph(definition: dict[str, Any]) -> None:
    steps = steps_of(definition)
    edges = edges_of(steps)
    reached = {step.name for step in steps if not step.needs and not step.condition}
    while more := {edge["to"] for edge in edges if edge["from"] in reached} - reached:
        reached |= more
    assert reached == {step.name for step in steps}


def test_own_conditions_are_in_words(definition: dict[str, Any]) -> None:
    tests = [test for step in steps_of(definition) if step.type == "Condition" for test in step.tests]
    assert tests
    assert [test for test in tests if "{" in test or "Std:" in test] == []


def test_own_pipeline_has_a_form(definition: dict[str, Any]) -> None:
    fields = {field["name"]: field for field in parameters_of_definition(definition)}
    assert fields["FeatureSet"]["choices"] == ["playground", "lab"]
    assert fields["AccuracyThreshold"]["type"] == "Float"
