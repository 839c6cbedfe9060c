"""AutoML beside XGBoost in the definition: the search, its scores, the decision and what is registered."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from processing.feature_contract import ANSWERS, LABEL

BEST = "Steps.AutoML.BestCandidate"


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
    assert read == {"EngineerFeatures", "EvaluateXGBoost", "EvaluateAutoML", "ListCandidates", "ResolveServing"}
    assert inputs["candidates"] == {"Get": "Steps.ListCandidates.OutputParameters['CandidatesUrl']"}
    for option, output in (
        ("--playgrounds-date", "PlaygroundsDate"),
        ("--parks-date", "ParksDate"),
        ("--income-date", "IncomeDate"),
        ("--tax-year", "TaxYear"),
    ):
        assert options[option] == {"Get": f"Steps.ResolveDataVersion.OutputParameters['{output}']"}
    for option, parameter in (
        ("--accuracy-threshold", "AccuracyThreshold"),
        ("--gate-margin", "GateMargin"),
        ("--minimum-test-rows", "MinimumTestRows"),
    ):
        assert options[option]["Std:Join"]["Values"] == [{"Get": f"Parameters.{parameter}"}]


def test_the_list_of_candidates_lies_beside_the_jobs_results_wherever_a_cached_job_left_them(steps):
    asked = steps["ListCandidates"]["Arguments"]
    assert asked["AutoMLJobName"] == {"Get": "Steps.AutoML.AutoMLJobName"}
    assert asked["Chosen"] == {"Get": f"{BEST}.CandidateName"}
    place = asked["ResultUrl"]["Std:Join"]
    assert place == {"On": "/", "Values": [{"Get": "Steps.AutoML.OutputDataConfig.S3OutputPath"}, "candidates"]}


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


def _decided(steps: dict[str, Any], name: str, decision: dict[str, str], status: str = "Pending") -> bool:
    """Whether a step's conditions hold for a decision of the report and an approval status."""

    def holds(condition: dict[str, Any]) -> bool:
        if condition["Type"] == "Not":
            return not holds(condition["Condition"])
        assert condition["Type"] == "Equals"
        left = condition["LeftValue"]
        if left == {"Get": "Parameters.ModelApprovalStatus"}:
            return bool(condition["RightValue"] == status)
        assert left["Std:JsonGet"]["PropertyFile"] == {"Get": "Steps.WriteReport.PropertyFiles.Decision"}
        return bool(decision[left["Std:JsonGet"]["Path"]] == condition["RightValue"])

    return all(holds(condition) for condition in steps[name]["Arguments"]["Conditions"])


@pytest.mark.parametrize("champion", ["XGBoost", "AutoML", "none"])
def test_conditions_follow_the_decision_of_the_report(steps, champion):
    decision = {"gate": "shut" if champion == "none" else "open", "champion": champion}

    assert _decided(steps, "QualityGate", decision) == (champion != "none")
    for name, at_once in (("XGBoost", "ApprovedAtOnce"), ("AutoML", "ApprovedAtOnceAutoML")):
        assert _decided(steps, f"ChampionIs{name}", decision) == (champion == name)
        assert _decided(steps, at_once, decision, "Approved") == (champion == name)
        assert not _decided(steps, at_once, decision)
        assert not _decided(steps, f"ChampionIs{name}", decision, "Approved")


def test_report_is_told_what_serves(steps):
    inputs = _inputs(steps["WriteReport"])
    for name, output in (("evaluation", "EvaluationUrl"), ("scoring", "ScoringUrl"), ("model", "ModelUrl")):
        assert inputs[f"serving-{name}"] == {"Get": f"Steps.ResolveServing.OutputParameters['{output}']"}
    fallback = steps["ResolveServing"]["Arguments"]["FallbackUrl"]
    assert fallback == {"Get": "Steps.EngineerFeatures.ProcessingOutputConfig.Outputs['scoring'].S3Output.S3Uri"}


def test_package_and_failure_say_what_the_report_says_of_the_gate(steps):
    for name in ("XGBoost", "AutoML"):
        description = steps[f"Register{name}"]["Arguments"]["ModelPackageDescription"]
        assert description == {"Get": "Steps.WriteReport.ExitMessage"}
    assert steps["QualityTooLow"]["Arguments"]["ErrorMessage"] == {"Get": "Steps.WriteReport.ExitMessage"}
