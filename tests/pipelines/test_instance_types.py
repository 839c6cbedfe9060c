"""The lists of instance types: legal values of SageMaker's, and the defaults of the pipelines' parameters."""

from __future__ import annotations

import json

import botocore.session
import pytest

from pipelines.instance_types import ENDPOINT, KINDS, PROCESSING, TRAINING, TRANSFORM, JobInstanceTypes
from tests.pipelines.conftest import ROLE_ARN

ENUMS = {
    PROCESSING.use: "ProcessingInstanceType",
    TRAINING.use: "TrainingInstanceType",
    TRANSFORM.use: "TransformInstanceType",
    ENDPOINT.use: "ProductionVariantInstanceType",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.use)
def test_sagemaker_has_every_type_of_a_list_for_its_use(kind):
    model = botocore.session.get_session().get_service_model("sagemaker")

    assert set(kind.types) <= set(model.shape_for(ENUMS[kind.use]).enum)
    assert len(set(kind.types)) == len(kind.types)


def test_chosen_types_are_the_defaults_of_the_parameters(get_pipeline):
    pipeline = get_pipeline("us-east-1", ROLE_ARN, job_instance_types={"processing": "ml.t3.large"})

    definition = json.loads(pipeline.definition())
    defaults = {each["Name"]: each.get("DefaultValue") for each in definition["Parameters"]}
    assert defaults["ProcessingInstanceType"] == "ml.t3.large"
    assert defaults["TrainingInstanceType"] == defaults["TransformInstanceType"] == "ml.m5.large"


def test_every_job_takes_the_type_of_its_kind(steps):
    parameters = {"Processing": "ProcessingInstanceType", "Training": "TrainingInstanceType"}
    parameters["Transform"] = "TransformInstanceType"
    members = {"Processing": ("ProcessingResources", "ClusterConfig"), "Training": ("ResourceConfig",)}
    members["Transform"] = ("TransformResources",)

    seen = set()
    for step in steps.values():
        if step["Type"] in members:
            value = step["Arguments"]
            for member in members[step["Type"]]:
                value = value[member]
            assert value["InstanceType"] == {"Get": f"Parameters.{parameters[step['Type']]}"}, step["Name"]
            seen.add(step["Type"])
    assert seen == set(members)


def test_unknown_kind_of_job_is_refused():
    with pytest.raises(
        ValueError, match="job_instance_types must name processing, training, transform; got 'endpoint'"
    ):
        JobInstanceTypes.of({"endpoint": "ml.m5.large"})
