"""The definition of ``playground-accessibility``, as built offline by the command."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import pytest

from processing.feature_contract import FEATURE_SETS, SMOKE_ROWS
from tests.pipeline_steps import BEFORE_THE_GATE, CACHED, PROCESSING
from tests.pipelines.conftest import check_golden
from tests.pipelines.definition_validator import find_problems
from tests.pipelines.outline import outline


def test_builds_are_byte_equal(built_definitions):
    first, second = built_definitions

    assert first == second


def test_command_prints_the_definition_alone(definition_text):
    assert definition_text.startswith("{") and definition_text.endswith("}\n")
    assert len(definition_text) < 100_000  # inline in CreatePipeline with room to spare; its limit is 1 MB


def test_definition_is_the_reviewed_one(definition):
    """Update the golden file with ``UPDATE_GOLDEN=1 make test``."""
    check_golden(outline(definition), "playground-accessibility")


def test_arguments_fit_the_requests_of_the_service(definition):
    assert find_problems(definition) == []


def test_steps_stand_as_drawn(definition):
    def outline(steps):
        return [
            {step["Name"]: (outline(step["Arguments"]["IfSteps"]), outline(step["Arguments"]["ElseSteps"]))}
            if step["Type"] == "Condition"
            else step["Name"]
            for step in steps
        ]

    def go_live(name, suffix=""):
        tail = [f"{step}{suffix}" for step in ("CreateModel", "SmokeTest", "CheckSmokeTest", "DeployEndpoint")]
        approved = [f"RegisterApproved{name}", *tail, f"WriteModelCardApproved{name}"]
        return [
            {f"ChampionIs{name}": ([f"Register{name}", f"WriteModelCard{name}"], [])},
            {f"ApprovedAtOnce{suffix}": (approved, [])},
        ]

    assert outline(definition["Steps"]) == [
        *BEFORE_THE_GATE,
        {"QualityGate": ([], ["QualityTooLow"])},
        *go_live("XGBoost"),
        *go_live("AutoML", "AutoML"),
    ]


def test_steps_that_share_no_data_wait_for_each_other(steps):
    for suffix in ("", "AutoML"):
        assert steps[f"DeployEndpoint{suffix}"]["DependsOn"] == [f"CheckSmokeTest{suffix}"]
    assert steps["EngineerFeatures"]["DependsOn"] == ["RequireDataQuality"]
    # A card that cannot be written must not keep an approved model from its endpoint.
    for name, suffix in (("XGBoost", ""), ("AutoML", "AutoML")):
        assert steps[f"WriteModelCardApproved{name}"]["DependsOn"] == [f"DeployEndpoint{suffix}"]
    # A failed gate ends the execution: its reader needs the report most.
    for name in ("QualityGate", "ChampionIsXGBoost", "ApprovedAtOnce", "ChampionIsAutoML", "ApprovedAtOnceAutoML"):
        assert steps[name]["DependsOn"] == ["WriteReport"]


def test_only_steps_that_compute_are_cached(steps):
    cached = {name for name, step in steps.items() if step.get("CacheConfig", {}).get("Enabled")}

    assert cached == set(CACHED)


def test_jobs_and_what_the_service_creates_at_once_are_retried(steps):
    retried = {name for name, step in steps.items() if step.get("RetryPolicies")}

    # The SDK's QualityCheck step takes no retry policies.
    types = {"Processing", "Training", "Transform", "AutoML", "Model", "RegisterModel"}
    assert retried == {name for name, step in steps.items() if step["Type"] in types}


def test_cached_steps_depend_on_nothing_that_changes_with_every_execution(steps):
    """The service compares these members of the requests when it looks for a former run."""
    compared = ["AppSpecification", "AlgorithmSpecification", "Environment", "HyperParameters"]
    compared += ["ProcessingInputs", "InputDataConfig"]
    compared += ["AutoMLJobConfig", "AutoMLJobObjective", "ProblemType"]
    for name in CACHED:
        arguments = steps[name]["Arguments"]
        assert "Execution." not in json.dumps([arguments.get(member) for member in compared])


def test_new_data_at_an_old_address_is_seen_through_its_version(steps):
    version = {"Get": "Steps.ResolveDataVersion.OutputParameters['DataVersion']"}
    for name in ("SnapshotData", "EngineerFeatures"):  # the second has it for its report
        assert steps[name]["Arguments"]["Environment"]["DATA_VERSION"] == version
    inputs = {each["InputName"]: each["S3Input"]["S3Uri"] for each in _inputs_of(steps["EngineerFeatures"])}
    checked = {each["InputName"]: each["S3Input"]["S3Uri"] for each in _inputs_of(steps["CheckDataQuality"])}
    snapshot = "Steps.SnapshotData.ProcessingOutputConfig.Outputs['{}'].S3Output.S3Uri"
    assert inputs["data"] == {"Get": snapshot.format("table")}
    assert checked["baseline_dataset_input"] == {"Get": snapshot.format("quality")}
    assert steps["ResolveDataVersion"]["Arguments"]["DataVersion"] == {"Get": "Parameters.DataVersion"}


def test_results_of_executions_do_not_mix(steps):
    targets = {
        "SnapshotData/table": _output_url(steps["SnapshotData"], 0),
        "CheckDataQuality": _output_url(steps["CheckDataQuality"], 0),
        "EngineerFeatures/train": _output_url(steps["EngineerFeatures"], 0),
        "EvaluateXGBoost/evaluation": _output_url(steps["EvaluateXGBoost"], 0),
        "EvaluateAutoML/evaluation": _output_url(steps["EvaluateAutoML"], 0),
        "WriteReport/report": _output_url(steps["WriteReport"], 0),
        "AutoML": steps["AutoML"]["Arguments"]["OutputDataConfig"]["S3OutputPath"],
        "ScoreTestSet": steps["ScoreTestSet"]["Arguments"]["TransformOutput"]["S3OutputPath"],
        "TrainXGBoost": steps["TrainXGBoost"]["Arguments"]["OutputDataConfig"]["S3OutputPath"],
        "SmokeTest": steps["SmokeTest"]["Arguments"]["TransformOutput"]["S3OutputPath"],
        "SmokeTestAutoML": steps["SmokeTestAutoML"]["Arguments"]["TransformOutput"]["S3OutputPath"],
    }
    bucket = "s3://playgrounds-models-123456789012-us-east-1"

    for folder, url in targets.items():
        join = url["Std:Join"]
        values = [value if isinstance(value, str) else f"<{value['Get']}>" for value in join["Values"]]
        expected = f"{bucket}/playground-accessibility/<Execution.PipelineExecutionId>/{folder}"
        assert join["On"].join(values) == expected


def _inputs_of(step):
    return step["Arguments"]["ProcessingInputs"]


def _output_url(step, index):
    return step["Arguments"]["ProcessingOutputConfig"]["Outputs"][index]["S3Output"]["S3Uri"]


def test_everything_that_takes_tags_names_its_stack(steps):
    for step in steps.values():
        if step["Type"] == "Callback":
            assert json.loads(step["Arguments"]["Tags"])["Stack"] == "playgrounds"
        elif step["Type"] not in {"Condition", "Fail", "Lambda", "RegisterModel"}:
            assert {"Key": "Stack", "Value": "playgrounds"} in step["Arguments"]["Tags"], step["Name"]


def test_xgboost_package_does_not_override_the_serving_container(steps):
    """An empty SAGEMAKER_PROGRAM, as the SDK's ModelBuilder sets it, breaks the container's /ping."""
    (container,) = steps["RegisterXGBoost"]["Arguments"]["InferenceSpecification"]["Containers"]

    assert "Environment" not in container


def test_one_image_for_processing_training_and_serving(steps):
    images = set(re.findall(r"[0-9]{12}\.dkr\.ecr\.[^\"]+", json.dumps(list(steps.values()))))

    images -= {steps["CheckDataQuality"]["Arguments"]["AppSpecification"]["ImageUri"]}
    assert {image.rpartition("/")[2] for image in images} == {"sagemaker-xgboost:3.2-0"}
    assert len(images) == 1


def test_parameters_can_be_passed_by_an_event_rule(definition):
    names = [parameter["Name"] for parameter in definition["Parameters"]]

    assert all(re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name) for name in names)
    assert all("DefaultValue" in parameter for parameter in definition["Parameters"])


def test_feature_sets_are_those_of_the_contract(definition):
    (parameter,) = (p for p in definition["Parameters"] if p["Name"] == "FeatureSet")

    assert parameter["EnumValues"] == list(FEATURE_SETS)
    assert parameter["DefaultValue"] in FEATURE_SETS


def test_smoke_test_expects_as_many_rows_as_the_contract_stages(steps):
    arguments = steps["CheckSmokeTest"]["Arguments"]["AppSpecification"]["ContainerArguments"]

    assert arguments[arguments.index("--expected-rows") + 1] == str(SMOKE_ROWS)


@pytest.mark.parametrize("step", [*PROCESSING, "CheckSmokeTest", "CheckSmokeTestAutoML"])
def test_processing_scripts_take_the_options_they_are_given(steps, step, capsys):
    application = steps[step]["Arguments"]["AppSpecification"]
    module = application["ContainerEntrypoint"][-1]
    options = [argument for argument in application["ContainerArguments"] if str(argument).startswith("--")]

    assert set(options) <= _options_of(module, capsys)


@pytest.mark.parametrize("step", PROCESSING)
def test_processing_scripts_find_their_inputs_and_outputs_where_they_are_told(steps, step):
    """Each input but the data and the code is the folder of an option, and so is what holds the outputs."""
    arguments = steps[step]["Arguments"]
    folders = {value for value in arguments["AppSpecification"]["ContainerArguments"] if str(value).startswith("/")}
    inputs = {entry["S3Input"]["LocalPath"] for entry in arguments["ProcessingInputs"] if entry["InputName"] != "code"}
    outputs = {entry["S3Output"]["LocalPath"] for entry in arguments["ProcessingOutputConfig"]["Outputs"]}

    assert inputs <= folders
    assert all({output, output.rpartition("/")[0]} & folders for output in outputs)


def test_training_script_takes_the_hyperparameters(steps, capsys):
    hyperparameters = steps["TrainXGBoost"]["Arguments"]["HyperParameters"]
    options = {f"--{name}" for name in hyperparameters if not name.startswith("sagemaker_")}

    assert options <= _options_of("training.train", capsys)


def _options_of(module: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit, match="0"):
        importlib.import_module(module).main(["--help"])
    return set(re.findall(r"--\w[\w-]*", capsys.readouterr().out))


def test_hyperparameters_default_to_those_of_the_training_script(definition, steps):
    train = importlib.import_module("training.train")
    defaults = {parameter["Name"]: parameter["DefaultValue"] for parameter in definition["Parameters"]}
    hyperparameters = steps["TrainXGBoost"]["Arguments"]["HyperParameters"]

    resolved = {
        name: value if isinstance(value, str) else defaults[_parameter_of(value)]
        for name, value in hyperparameters.items()
        if not name.startswith("sagemaker_")
    }
    assert resolved == vars(train.Hyperparameters())


def _parameter_of(join: dict[str, Any]) -> str:
    """Name of the parameter that a hyperparameter converts to a string."""
    (value,) = join["Std:Join"]["Values"]
    return str(value["Get"]).removeprefix("Parameters.")


def test_training_asks_for_no_metric_definitions(steps):
    """SageMaker refuses them for its own images."""
    assert "MetricDefinitions" not in steps["TrainXGBoost"]["Arguments"]["AlgorithmSpecification"]
