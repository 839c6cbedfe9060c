"""The variables of Model Monitor's image."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.services.sagemaker.model_monitor.environment import Attributes, check_environment, read_environment
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

_DATA = {"dataset_source": "/in", "dataset_format": '{"json": {"lines": true}}', "output_path": "/out"}


def test_data_quality_is_the_default() -> None:
    analysis = read_environment({**_DATA, "baseline_constraints": "/b/constraints.json"})
    assert (analysis.source, analysis.output, analysis.attributes) == (Path("/in"), Path("/out"), None)
    assert (analysis.baseline_constraints, analysis.baseline_statistics) == (Path("/b/constraints.json"), None)


def test_model_quality_has_attributes() -> None:
    variables = {"problem_type": "BinaryClassification", "ground_truth_attribute": "0", "probability_attribute": "1"}
    analysis = read_environment(
        {**_DATA, "analysis_type": "MODEL_QUALITY", "probability_threshold_attribute": "0.7", **variables}
    )
    assert analysis.attributes == Attributes("BinaryClassification", "0", probability="1", threshold=0.7)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"output_path": None}, "the environment lacks output_path"),
        ({"dataset_format": "csv"}, "dataset_format 'csv' is not JSON"),
        ({"publish_cloudwatch_metrics": "Enabled"}, "local_aws does not support publish_cloudwatch_metrics Enabled"),
        (
            {"analysis_type": "MODEL_QUALITY", "probability_threshold_attribute": "half"},
            "probability_threshold_attribute must be a number; got 'half'",
        ),
    ],
)
def test_variables_that_are_not_understood(variables: dict[str, str | None], words: str) -> None:
    environment = {name: value for name, value in {**_DATA, **variables}.items() if value is not None}
    with pytest.raises(AnalysisError, match=words):
        read_environment(environment)


def test_expressions_of_a_definition_are_not_looked_at() -> None:
    check_environment({**_DATA, "dataset_format": {"Get": "Parameters.Format"}})
