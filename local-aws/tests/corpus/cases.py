"""How each pipeline of the corpus is to end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from local_aws.kernel.processes.python_environment import find_interpreter


@dataclass(frozen=True)
class Case:
    """A pipeline, and its end.

    Parameters
    ----------
    name
        Of the pipeline and of its definition's file.
    steps
        The steps that start, separated by blanks; the last one fails if the execution does.
    failure
        Words of why a step fails; empty where the execution succeeds.
    failing
        The step that fails where another one waits for that; else it is the last.
    refused
        Words with which CreatePipeline refuses it; empty where it is created.
    writes
        Objects that it writes: patterns of their keys, with ``{}`` for the execution's id, and words of their content.
    deletes
        Patterns of the keys, with ``{}`` for the execution's id, of objects that are not there in the end.
    registers
        The model package group in which it leaves versions, and how many.
    """

    name: str
    steps: str = ""
    failure: str = ""
    failing: str = ""
    refused: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    writes: Mapping[str, str] = field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    registers: tuple[str, int] = ("", 0)


def _major(package: str) -> int | None:
    """Return the major version of an installed package, None if it is not installed."""
    try:
        return int(version(package).partition(".")[0])
    except PackageNotFoundError:
        return None


_BUILD = "Prepare Train Evaluate IsGood"
_TORCH = find_spec("torch") is not None
_HAS_SDK = _major("sagemaker") == 3
"""Whether there are the scripts that the SDK uploads; see `sdk_scripts`."""
_NO_FUNCTIONS = "" if _HAS_SDK and sys.version_info[:2] == (3, 11) else "cannot run the function"
"""Why no function is run here: those of the corpus are pickled by Python 3.11 with SDK 3."""
_NO_PYTHON_310 = "" if find_interpreter("3.10") else "cannot run the function"
CACHED = Case("cached", "Prepare Train")
LINEAGE = Case("v3-lineage", "Record")
CLEANUP = Case("v3-cleanup", "Choose Clean", deletes=("runs/{}/Choose/chosen/*",))
RUN_CONDITION = Case(
    "v3-run-condition",
    "Prepare Train Last",
    failure="max_depth",
    failing="Train",
    parameters={"Depth": "-1"},
    writes={"runs/{}/Last/chosen/*": '"depth": "1"'},
)
FOR_EACH = Case("v3-for-each", "Each Ask-0 Ask-1 Last", writes={"runs/{}/Last/chosen/*": '"depth": "3"'})
CASES = (
    CACHED,
    LINEAGE,
    Case(
        "register-1-0-1",
        f"{_BUILD} Register-RegisterModel",
        parameters={"Approval": "Approved"},
        registers=("harvest-1-0-1", 1),
    ),
    Case("register-1-7-1", f"{_BUILD} Register-RegisterModel", registers=("harvest-1-7-1", 1)),
    Case("transform-join", f"{_BUILD} Create-CreateModel Score", writes={"scores/join/*.out": "0,"}),
    Case("old-steps", "Prepare Train Create Score", writes={"scores/old/*.out": "."}),
    Case(
        "tuning",
        "Prepare Tune Evaluate EvaluateSecond Register-RegisterModel",
        writes={"runs/{}/Evaluate/evaluation/evaluation.json": "accuracy"},
        registers=("harvest-tuned", 1),
    ),
    Case("tuning-script", "Prepare Tune"),
    Case("serving-script", "Prepare Train Create-CreateModel Score", writes={"scores/script/*.out": '{"score": '}),
    Case("spot", "Prepare Train Evaluate", writes={"checkpoints/spot/round.json": "learner"}),
    Case("parquet", "Prepare Train"),
    Case(
        "two-branches",
        "Prepare TrainShallow TrainDeep RegisterShallow-RegisterModel RegisterDeep-RegisterModel",
        registers=("harvest-branches", 2),
    ),
    Case("two-containers", "Prepare Fit Train Create-CreateModel Score", writes={"scores/series/*.out": "."}),
    Case("pytorch", "Prepare Train", failure="" if _TORCH else "torch is not installed"),
    Case("fetched-parameters", "Prepare Choose Train", writes={"runs/{}/Choose/chosen/*": '"depth": "4"'}),
    Case("fail-step", "Prepare Train Evaluate IsSmall TooLarge", failure="The error is not below 0.001"),
    Case("conditions", "IsUsual Reached"),
    Case("nested-conditions", refused="Condition steps cannot be nested"),
    Case("lambda-step", "Ask IsFresh Choose", writes={"runs/{}/Choose/chosen/*": '"depth": "200"'}),
    Case("callback-step", "Ask Choose", writes={"runs/{}/Choose/chosen/*": '"depth": "2"'}),
    Case("depends-on", "First Second Third"),
    Case("execution-variables", "Choose", writes={"runs/{}/Choose/chosen/*": '"execution": "execution-variables|'}),
    Case("retry-policies", "Prepare Train"),
    Case("source-folder", "Summarise", writes={"runs/{}/Summarise/summary/*": "240 lots of 3 origins"}),
    Case("emr", refused="EMR"),
    Case(
        "data-quality",
        "Prepare CheckData Train Register-RegisterModel",
        writes={"runs/{}/data/statistics.json": "item_count"},
        registers=("harvest-checked", 1),
    ),
    Case("data-bias", "Prepare CheckBias", writes={"runs/{}/bias/analysis.json": "pre_training_bias_metrics"}),
    Case(
        "model-checks",
        "Prepare Train Create-CreateModel Score CheckQuality CheckModelBias Explain",
        writes={
            "runs/{}/quality/statistics.json": "binary_classification_metrics",
            "runs/{}/model-bias/analysis.json": "post_training_bias_metrics",
            "runs/{}/explained/analysis.json": "global_shap_values",
        },
    ),
    Case(
        "monitored-transform",
        "Prepare Baseline Train Create-CreateModel Score-monitoring Score-transform",
        writes={"runs/{}/monitored/constraint_violations.json": "_c0", "scores/monitored/*.out": "."},
    ),
    Case(
        "repacked",
        "Prepare Train Serve-RepackModel-0 Serve-CreateModel Score",
        writes={"scores/repacked/*.out": '{"score": '},
    ),
    Case("libsvm", "Prepare Train"),
    Case("several-algorithms", "Prepare Tune"),
    Case("warm-start", "Prepare Tune TuneOn"),
    Case("automl", "Search Create-CreateModel"),
    Case("multi-model", "Prepare Train Create", failure="local_aws does not support"),
    Case("notebook-job", "Count", failure="sagemaker-distribution"),
    Case("lambda-fetched", "Choose Ask Again", writes={"runs/{}/Again/chosen/*": '"depth": "4"'}),
    # SDK 2 has the job install the SDK, and no package index is reached.
    Case("functions", "Count", failure=_NO_PYTHON_310 or "No matching distribution found for sagemaker"),
    Case("v3-register", f"{_BUILD} Create Register", registers=("harvest-v3", 1)),
    Case("v3-branches", "Prepare Train1 Train3 Evaluate0 Evaluate1 Last"),
    Case("v3-fetched", "Prepare Choose Train", writes={"runs/{}/Choose/chosen/*": '"depth": "5"'}),
    Case("v3-lambda", "Ask IsStale Go"),
    Case(
        "v3-functions",
        "Count" if _NO_FUNCTIONS else "Count Judge IsEnough Choose",
        failure=_NO_FUNCTIONS,
        writes={} if _NO_FUNCTIONS else {"runs/{}/Choose/chosen/*": '"depth": "4", "rounds": [10, 20]'},
    ),
    Case(
        "v3-function-beside-jobs",
        "Choose Read" if _NO_FUNCTIONS else "Choose Read Ask Last",
        failure=_NO_FUNCTIONS,
        writes={} if _NO_FUNCTIONS else {"runs/{}/Last/chosen/*": '"depth": "6"'},
    ),
    Case("v3-function-folder", "Summarise" if _NO_FUNCTIONS else "Summarise IsWhole", failure=_NO_FUNCTIONS),
    Case("v3-function-fails", "Refuse", failure=_NO_FUNCTIONS or "the harvest is not below 0.5"),
    Case("v3-source-code", "Prepare Train", failure="" if _HAS_SDK else "sm_train.sh"),
    Case("v3-tuning-script", "Prepare Tune"),
    Case("v3-tuning", "Prepare Tune Create Score", writes={"scores/v3/*.out": "0,"}),
    Case(
        "v3-source-folder",
        "Summarise",
        failure="" if _HAS_SDK else "install_requirements.py",
        writes={"runs/{}/Summarise/summary/*": "240 lots of 3 origins"} if _HAS_SDK else {},
    ),
    Case(
        "v3-checks",
        "Prepare CheckBias Baseline CheckBatch",
        failure="Quality check failed",
        writes={"runs/{}/batch/constraint_violations.json": "drift", "runs/{}/bias/analysis.json": "pre_training"},
    ),
    Case("v3-endpoint", "Prepare Train Create Configure Deploy"),
    Case("v3-named", "Choose", parameters={"Deepest": "6"}, writes={"runs/{}/Choose/chosen/*": '"depth": "6"'}),
    FOR_EACH,
    CLEANUP,
    Case("v3-inference-component", refused="'InferenceComponent'"),
    Case("v3-emr-serverless", refused="'EMRServerless'"),
    RUN_CONDITION,
    Case("v3-job", refused="'Job'"),
    Case("v3-mlflow", refused="does not support MlflowConfig"),
    Case("v3-callback", "Ask IsDeep Shallow", failure="got 1,2"),
)
