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
    gate = next(step for step in steps if step.name == "QualityGate")
    assert any("EvaluateXGBoost accuracy ≥ AccuracyThreshold" in test for test in gate.tests)


def test_own_pipeline_has_a_form(definition: dict[str, Any]) -> None:
    fields = {field["name"]: field for field in parameters_of_definition(definition)}
    assert fields["FeatureSet"]["choices"] == ["playground", "lab"]
    assert fields["AccuracyThreshold"]["type"] == "Float"
