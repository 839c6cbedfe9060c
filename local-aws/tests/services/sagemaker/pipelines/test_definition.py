import json
from datetime import timedelta
from typing import Any

import pytest

from local_aws.services.sagemaker.pipelines.definition import Definition, parse_definition
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from tests.services.sagemaker.pipelines.definitions import (
    compare,
    condition,
    definition,
    fail,
    get,
    join,
    json_get,
    output_uri,
    parameter,
    processing,
    property_file,
)

ALWAYS = compare("Equals", 1, 1)
FILES: dict[str, Any] = {"PropertyFiles": [property_file("Report", "out", "report.json")]}


def parse(*steps, **members) -> Definition:
    return parse_definition(definition(*steps, **members), STEP_TYPES)


def test_steps_keep_the_order_of_the_definition_and_their_branches():
    steps = parse(
        processing("A"),
        condition("Gate", ALWAYS, then=(processing("B"), processing("C")), otherwise=(fail("F"),)),
        processing("D"),
    ).steps
    assert list(steps) == ["A", "Gate", "B", "C", "F", "D"]
    assert steps["C"].branches == (("Gate", True),)
    assert steps["F"].branches == (("Gate", False),)
    assert steps["Gate"].arguments == {"Conditions": [ALWAYS]}


def test_condition_in_a_branch_of_another_is_refused():
    inner = condition("Inner", ALWAYS, then=(processing("C"),))
    with pytest.raises(DefinitionError, match="cannot be nested"):
        parse(condition("Outer", ALWAYS, then=(inner,)))


def test_settings_of_a_step_are_read():
    step = parse(
        processing(
            "A",
            outputs=("out",),
            DisplayName="First",
            Description="Does it",
            CacheConfig={"Enabled": True, "ExpireAfter": "P1D"},
            RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}],
            **FILES,
        )
    ).steps["A"]
    assert (step.display_name, step.description, step.cache_age) == ("First", "Does it", timedelta(days=1))
    assert step.retry_policies[0].max_attempts == 2
    assert step.property_files["Report"].file_path == "report.json"


def test_null_members_are_ignored():
    assert list(parse(processing("A"), PipelineExperimentConfig=None, MlflowConfig=None).steps) == ["A"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        (json.dumps({"Version": "2019-01-01", "Steps": []}), "Version '2019-01-01'"),
        (definition(), "at least one step"),
        (definition(processing("A"), Extra=1), "unknown property 'Extra'"),
        (definition(processing("A"), MlflowConfig={"MlflowResourceArn": "a"}), "MlflowConfig"),
        (definition(processing("A"), processing("A")), "two steps are named 'A'"),
        (definition(processing("A"), condition("B", ALWAYS, then=(fail("A"),))), "two steps are named 'A'"),
        *(
            (
                definition({"Name": "A", "Type": kind, "Arguments": {}}),
                f"step 'A': local_aws does not support step type '{kind}'",
            )
            for kind in ("EMR", "EMRServerless", "InferenceComponent")
        ),
        (definition({"Name": "A b", "Type": "Fail", "Arguments": {}}), "a step's Name"),
        (definition({"Name": "A", "Type": "Fail", "Arguments": []}), "Arguments is an object"),
        (definition(fail("A", PropertyFiles=[])), "unknown property 'PropertyFiles' of a step of type Fail"),
        (definition(fail("A", CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})), "type Fail are not cached"),
        (definition(fail("A", DependsOn=[{"Step": "B", "Trigger": "Late"}])), "one of Completed, Failed, Stopped, Any"),
        (definition(fail("A", DependsOn=[{"Step": "B"}])), "objects of Step and Trigger"),
        (definition(fail("A", DependsOn=["B", {"Step": "B", "Trigger": "Any"}])), "the triggers Completed and Any"),
        (definition(fail("A", DependsOn="B")), "DependsOn is a list"),
        (definition(fail("A", ["x"])), "ErrorMessage"),
        (definition(fail("A", Description=1)), "Description is a string"),
        (definition(condition("A")), "at least one condition"),
        (definition(condition("A", {"Type": "Sometimes"})), "condition type 'Sometimes' is unknown"),
        (definition(processing("A", PropertyFiles=[{"Name": "x"}])), "a property file takes"),
        (definition(processing("A"), Parameters="none"), "Parameters is a list"),
    ],
)
def test_unsupported_definition_is_refused_by_name(text, reason):
    with pytest.raises(DefinitionError, match=reason):
        parse_definition(text, STEP_TYPES)


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("Enviroment", {}, "Arguments has no member 'Enviroment'"),
        ("RoleArn", 1, "Arguments.RoleArn must be string, but 1 is integer"),
        ("Environment", {"SEED": 20}, r"Arguments.Environment\['SEED'\] must be string"),
        ("ProcessingInputs", {}, "Arguments.ProcessingInputs must be array"),
        ("StoppingCondition", {}, "lacks the member 'MaxRuntimeInSeconds'"),
        ("StoppingCondition", {"MaxRuntimeInSeconds": True}, "must be integer"),
        ("ProcessingInputs", [{"InputName": "a", "S3Input": {"S3Uri": "s", "S3DataType": "Prefix"}}], "enum value set"),
    ],
)
def test_arguments_are_checked_against_the_model_of_the_request(member, value, reason):
    step = processing("A")
    step["Arguments"][member] = value
    with pytest.raises(DefinitionError, match=f"step 'A': Model Validation failed: .*{reason}"):
        parse(step)


@pytest.mark.parametrize("kind", ["Integer", "Float", "Boolean"])
def test_parameter_of_another_type_cannot_stand_for_a_text(kind):
    step = processing("A")
    step["Arguments"]["Environment"] = {"SEED": get("Parameters.Seed")}
    declared = [{"Name": "Seed", "Type": kind}]
    words = r"^Cannot assign property reference \[Parameters.Seed\] to argument of type \[String\]"
    with pytest.raises(DefinitionError, match=words):
        parse_definition(definition(step, Parameters=declared), STEP_TYPES)

    step["Arguments"]["Environment"] = {"SEED": join(get("Parameters.Seed"))}  # what the SDK's to_string() writes
    parse_definition(definition(step, Parameters=declared), STEP_TYPES)
    step["Arguments"]["Environment"] = {"SEED": get("Parameters.Seed")}
    parse_definition(definition(step, Parameters=[{"Name": "Seed", "Type": "String"}]), STEP_TYPES)


def test_expression_may_stand_for_any_argument():
    step = processing("A")
    step["Arguments"]["ProcessingResources"] = get("Steps.B.ProcessingResources")
    step["Arguments"]["RoleArn"] = join("a", "b")
    assert parse(step).steps["A"].arguments["RoleArn"] == join("a", "b")


def test_missing_required_argument_is_refused():
    step = processing("A")
    del step["Arguments"]["RoleArn"]
    with pytest.raises(DefinitionError, match="lacks the member 'RoleArn'"):
        parse(step)


def test_dependencies_come_from_references_depends_on_and_branches():
    graph = build_graph(
        parse(
            processing("A", outputs=("out",), **FILES),
            processing("B", inputs={"in": output_uri("A", "out")}),
            condition(
                "C",
                compare("GreaterThan", json_get("A", "Report", "x"), get("Parameters.P")),
                then=(processing("D", DependsOn=["B"]),),
            ),
            fail("E", join("took ", get("Steps.C.Outcome"))),
            parameters=(parameter("P", "Float", 1.0),),
        )
    )
    assert {name: sorted(names) for name, names in graph.dependencies.items()} == {
        "A": [],
        "B": ["A"],
        "C": ["A"],
        "D": ["B", "C"],
        "E": ["C"],
    }


def test_step_that_depends_on_a_branch_needs_the_branch_itself():
    graph = build_graph(parse(condition("C", ALWAYS, otherwise=(processing("A"),)), processing("B", DependsOn=["A"])))
    assert graph.required_outcomes["B"] == {"C": False}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((processing("A", DependsOn=["B"]),), "step 'A' depends on step 'B', which is not in the definition"),
        ((processing("A", inputs={"x": get("Steps.B.X")}),), "step 'A' depends on step 'B', which is not"),
        ((processing("A", inputs={"x": get("Parameters.B")}),), "step 'A': parameter 'B' is not in the definition"),
        ((processing("A", inputs={"x": get("Execution.TrainingJobName")}),), "variable 'TrainingJobName'"),
        (
            (processing("A", DependsOn=["B"]), processing("B", DependsOn=["A"])),
            "in a circle: (A -> B -> A|B -> A -> B)",
        ),
        ((processing("A", DependsOn=["A"]),), "in a circle: A -> A"),
        ((processing("A", DependsOn=[{"Step": "B", "Trigger": "Any"}]),), "step 'B', which is not in the definition"),
        ((condition("A", ALWAYS, then=(processing("B"),), DependsOn=["B"]),), "in a circle"),
        ((fail("F"), condition("A", ALWAYS, DependsOn=["F"])), "A can not depends on F"),
        ((condition("C", ALWAYS), fail("F", DependsOn=["C"])), "F can not depends on C, a step of type Condition"),
        (
            (
                condition("C", ALWAYS, then=(processing("A"),), otherwise=(processing("B"),)),
                processing("D", DependsOn=["A", "B"]),
            ),
            "step 'D' depends on both branches of the Condition step 'C'",
        ),
        (
            (condition("C", ALWAYS, then=(processing("A"),), otherwise=(processing("B", DependsOn=["A"]),)),),
            "step 'B' depends on both branches",
        ),
        ((processing("A"), fail("F", json_get("A", "Report", "x"))), "step 'A' has no property file 'Report'"),
        ((processing("A", **FILES), fail("F", json_get("A", "Report", "x"))), "output 'out', which step 'A' does not"),
    ],
)
def test_inconsistent_graph_is_refused(steps, reason):
    with pytest.raises(DefinitionError, match=reason):
        build_graph(parse(*steps))
