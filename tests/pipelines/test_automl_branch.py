"""AutoML beside XGBoost in the definition: the search, its scores, the decision and what is registered."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from processing.feature_contract import ANSWERS, LABEL

BEST = "Steps.AutoML.BestCandidate"
THRESHOLDS = {"AccuracyThreshold": 0.8, "MinimumLift": 0.05}


def _container(step: dict[str, Any]) -> dict[str, Any]:
    """The container of a model or of a model package."""
    arguments = step["Arguments"]
    if "PrimaryContainer" in arguments:
        return dict(arguments["PrimaryContainer"])
    (container,) = arguments["InferenceSpecification"]["Containers"]
    return dict(container)


def _inputs(step: dict[str, Any]) -> dict[str, Any]:
    """Sources of a processing step by input name, references written out."""
    entries = step["Arguments"]["ProcessingInputs"]
    return {entry["InputName"]: entry["S3Input"]["S3Uri"] for entry in entries}


def test_search_learns_the_label_from_rows_with_a_header(steps):
    (channel,) = steps["AutoML"]["Arguments"]["InputDataConfig"]

    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == {
        "Get": "Steps.EngineerFeatures.ProcessingOutputConfig.Outputs['automl'].S3Output.S3Uri"
    }
    assert channel["TargetAttributeName"] == LABEL
    assert channel["ContentType"] == "text/csv;header=present"


def test_search_is_an_ensemble_within_the_limits_of_the_execution(definition, steps):
    arguments = steps["AutoML"]["Arguments"]
    criteria = arguments["AutoMLJobConfig"]["CompletionCriteria"]
    defaults = {parameter["Name"]: parameter["DefaultValue"] for parameter in definition["Parameters"]}

    assert steps["AutoML"]["Type"] == "AutoML"
    assert arguments["AutoMLJobConfig"]["Mode"] == "ENSEMBLING"  # a step takes no other
    assert "AutoMLJobName" not in arguments
    assert {member: defaults[value["Get"].removeprefix("Parameters.")] for member, value in criteria.items()} == {
        "MaxCandidates": 10,
        "MaxRuntimePerTrainingJobInSeconds": 1200,
        "MaxAutoMLJobRuntimeInSeconds": 3600,
    }
    assert arguments["AutoMLJobObjective"] == {"MetricName": {"Get": "Parameters.AutoMLObjective"}}


@pytest.mark.parametrize(
    ("step", "answer"),
    [("CreateAutoMLModel", "predicted_label,probability"), ("RegisterAutoML", "predicted_label")],
)
def test_best_candidate_is_served_as_autopilot_says_but_for_its_answer(steps, step, answer):
    container = _container(steps[step])
    copied = {
        *("MODEL_NAME", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "SAGEMAKER_INFERENCE_SUPPORTED"),
        *("SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"),
    }

    assert container["Image"] == {"Get": f"{BEST}.InferenceContainers[0].Image"}
    assert container["ModelDataUrl"] == {"Get": f"{BEST}.InferenceContainers[0].ModelDataUrl"}
    assert container["Environment"] == {
        **{name: {"Get": f"{BEST}.InferenceContainers[0].Environment['{name}']"} for name in copied},
        "SAGEMAKER_INFERENCE_OUTPUT": answer,
    }


def test_both_models_are_measured_by_one_module_on_one_table(steps):
    evaluations = [steps["EvaluateXGBoost"], steps["EvaluateAutoML"]]

    modules = [step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] for step in evaluations]
    assert modules[0] == modules[1]
    assert _inputs(evaluations[0])["scoring"] == _inputs(evaluations[1])["scoring"]
    assert _inputs(evaluations[1])["scores"] == {"Get": "Steps.ScoreTestSet.TransformOutput.S3OutputPath"}


def test_branches_do_not_wait_for_each_other(steps):
    branches = (
        {"TrainXGBoost", "EvaluateXGBoost"},
        {"AutoML", "CreateAutoMLModel", "ScoreTestSet", "EvaluateAutoML"},
    )
    for one, other in itertools.permutations(branches):
        for name in one:
            text = str(steps[name])
            assert not [step for step in other if f"Steps.{step}." in text or step in steps[name].get("DependsOn", [])]


def test_report_sees_what_the_gate_sees(steps):
    inputs = _inputs(steps["WriteReport"])
    arguments = steps["WriteReport"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))

    read = {value["Get"].split(".")[1] for value in inputs.values() if isinstance(value, dict)}
    assert read == {"EngineerFeatures", "EvaluateXGBoost", "EvaluateAutoML", "AutoML"}
    for option, parameter in (("--accuracy-threshold", "AccuracyThreshold"), ("--minimum-lift", "MinimumLift")):
        assert options[option]["Std:Join"]["Values"] == [{"Get": f"Parameters.{parameter}"}]


def test_the_package_says_what_it_is_and_where_its_report_is(steps):
    for name, answer in (("XGBoost", "score"), ("AutoML", "predicted_label")):
        step = steps[f"Register{name}"]
        metadata = step["Arguments"]["CustomerMetadataProperties"]
        quality = step["Arguments"]["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]

        assert metadata["Algorithm"] == name
        assert metadata["Answer"] == answer
        assert f"Steps.Evaluate{name}." in str(quality)
        assert f"Steps.Evaluate{name}." in str(metadata["EvaluationReportUrl"])
        assert "Steps.WriteReport." in str(metadata["ReportUrl"])
        assert "features.json" in str(metadata["InputSchemaUrl"])


@pytest.mark.parametrize(
    ("register", "suffix"), [("RegisterApprovedXGBoost", ""), ("RegisterApprovedAutoML", "AutoML")]
)
def test_smoke_test_expects_the_answer_that_the_package_promises(steps, register, suffix):
    arguments = steps[f"CheckSmokeTest{suffix}"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    answer = arguments[arguments.index("--answer") + 1]

    assert answer in ANSWERS
    assert answer == steps[register]["Arguments"]["CustomerMetadataProperties"]["Answer"]
    assert f"Steps.{register}." in str(steps[f"CreateModel{suffix}"]["Arguments"])


@pytest.mark.parametrize("xgboost", [(0.81, 0.06), (0.79, 0.06), (0.81, 0.04), (0.8, 0.05), (0.7, 0.0)])
@pytest.mark.parametrize("automl", [(0.81, 0.06), (0.79, 0.06), (0.81, 0.04), (0.8, 0.05), (0.7, 0.0)])
def test_gate_lets_one_good_model_pass(steps, xgboost, automl):
    figures = {"EvaluateXGBoost": xgboost, "EvaluateAutoML": automl}
    conditions = steps["QualityGate"]["Arguments"]["Conditions"]

    expected = any(accuracy >= 0.8 and lift >= 0.05 for accuracy, lift in figures.values())
    assert all(_holds(condition, figures) for condition in conditions) == expected


@pytest.mark.parametrize("xgboost", [0.7, 0.79, 0.8, 0.9])
@pytest.mark.parametrize("automl", [0.7, 0.79, 0.8, 0.9])
def test_the_champion_is_the_more_accurate_and_xgboost_in_a_tie(steps, xgboost, automl):
    majority = 0.7
    figures = {
        "EvaluateXGBoost": (xgboost, xgboost - majority),
        "EvaluateAutoML": (automl, automl - majority),
    }

    def passes(name: str, status: str = "PendingManualApproval") -> bool:
        conditions = steps[name]["Arguments"]["Conditions"]
        return all(_holds(condition, figures, status) for condition in conditions)

    good = max(xgboost, automl) >= 0.8
    assert passes("QualityGate") == good
    assert passes("ChampionIsXGBoost") == (good and xgboost >= automl)
    assert passes("ChampionIsAutoML") == (good and automl > xgboost)
    for at_once, later in (("ApprovedAtOnce", "ChampionIsXGBoost"), ("ApprovedAtOnceAutoML", "ChampionIsAutoML")):
        assert passes(at_once, "Approved") == passes(later)
        assert not passes(at_once)
        assert not passes(later, "Approved")


def _holds(condition: dict[str, Any], figures: dict[str, tuple[float, float]], status: str = "") -> bool:
    """Evaluate a condition for accuracy and lift of each evaluation, thresholds at their defaults."""
    if condition["Type"] == "Or":
        return any(_holds(inner, figures, status) for inner in condition["Conditions"])
    if condition["Type"] == "Not":
        return not _holds(condition["Condition"], figures, status)
    if condition["Type"] == "Equals":
        assert condition["LeftValue"] == {"Get": "Parameters.ModelApprovalStatus"}
        return bool(condition["RightValue"] == status)
    left, right = (_value(condition[side], figures) for side in ("LeftValue", "RightValue"))
    return {"GreaterThanOrEqualTo": left >= right, "GreaterThan": left > right}[condition["Type"]]


def _value(expression: dict[str, Any], figures: dict[str, tuple[float, float]]) -> float:
    if "Get" in expression:
        return THRESHOLDS[expression["Get"].removeprefix("Parameters.")]
    source = expression["Std:JsonGet"]
    step = source["PropertyFile"]["Get"].split(".")[1]
    return figures[step][("accuracy", "accuracy_lift").index(source["Path"])]


def test_failure_message_is_what_the_report_says_of_the_gate(steps):
    assert steps["QualityTooLow"]["Arguments"]["ErrorMessage"] == {"Get": "Steps.WriteReport.ExitMessage"}
