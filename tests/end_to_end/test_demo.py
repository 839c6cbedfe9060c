"""The main job on real engines, on a small sample: what the demo promises, it did."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xgboost

from inference.athena_query import AthenaWorkspace, run_query
from inference.prediction_sql import prediction_sql
from processing.feature_contract import feature_set
from tests.end_to_end.conftest import SMALL, Demo, playgrounds
from tests.end_to_end.executions import DEPLOY_PIPELINE, ended, executions, outputs, parameters, started_since
from tests.pipeline_steps import BEFORE_THE_GATE, CONDITIONS
from tests.waiting import wait_until

DATABASE = "playgrounds"
MODELS = "playgrounds-models-123456789012-us-east-1"
MEASURED = [*BEFORE_THE_GATE, *CONDITIONS]
DEPLOYED = ["ResolveDeployment", "ShouldDeploy", "CreateModel", "SmokeTest", "CheckSmokeTest", "DeployEndpoint"]


def query(demo: Demo, sql: str) -> list[dict]:
    return run_query(demo.client("athena"), AthenaWorkspace(DATABASE, f"s3://{MODELS}/test-results/"), sql)


@pytest.fixture(scope="module")
def scored(demo: Demo) -> pd.DataFrame:
    """Every playground as SQL scores it, the model's answer as ``answer``."""
    answer = {"xgboost": "score", "automl": "predicted_label"}[demo.summary["champion"]]
    sql = prediction_sql(feature_set("playground"), demo.summary["endpoint_name"], DATABASE, answer=answer)
    return pd.DataFrame(query(demo, sql)).rename(columns={answer: "answer"})


@pytest.fixture(scope="module")
def booster(demo: Demo) -> xgboost.Booster:
    """The model of the registered package."""
    if demo.summary["champion"] != "xgboost":
        pytest.skip("AutoML is the champion of this sample: test_outcomes compares its answers")
    package = demo.client("sagemaker").describe_model_package(ModelPackageName=demo.summary["model_package_arn"])
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    content = demo.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert [name for name in tar.getnames() if name not in (".", "")] == ["xgboost-model"]
        return xgboost.Booster(model_file=bytearray(tar.extractfile("xgboost-model").read()))


def test_the_summary_holds_what_it_promises(demo: Demo) -> None:
    summary = demo.summary
    features = summary["features"]
    assert features["scored_rows"] == SMALL["playgrounds"] == summary["sql"]["rows"]
    splits = [features[f"{split}_rows"] for split in ("train", "validation", "test", "unlabelled")]
    assert sum(splits) == features["scored_rows"]
    assert features["set"] == "playground"
    assert features["columns"] == list(feature_set("playground").feature_names)
    assert summary["etl"]["joined_rows"] > summary["etl"]["lab_rows"] > SMALL["playgrounds"]
    assert all(0 <= value <= 1 for metrics in summary["metrics"].values() for value in metrics.values())
    accuracy = {name: metrics["accuracy"] for name, metrics in summary["metrics"].items()}
    losses = {name: metrics["validation_log_loss"] for name, metrics in summary["metrics"].items()}
    assert summary["champion"] == ("xgboost" if losses["xgboost"] < losses["automl"] + 0.001 else "automl")
    assert accuracy[summary["champion"]] > summary["metrics"]["xgboost"]["majority_accuracy"]
    champion = {"xgboost": "XGBoost", "automl": "AutoML"}[summary["champion"]]
    trained = [*MEASURED, f"Register{champion}", f"WriteModelCard{champion}"]
    assert sorted(step["name"] for step in summary["execution"]["steps"]) == sorted(trained)
    assert sorted(step["name"] for step in summary["deployment"]["steps"]) == sorted(DEPLOYED)
    for execution in (summary["execution"], summary["deployment"]):
        assert {step["status"] for step in execution["steps"]} == {"Succeeded"}
        assert execution["status"] == "Succeeded"
    page = Path(summary["report"]).read_text()
    assert page.startswith("<!DOCTYPE html>")
    # What the service lists, with the one that it chose; the feeds' dates came all the way from their upload.
    board = page[page.index('<section id="leaderboard">') :].partition("</section>")[0]
    assert board.count('<tr class="strong">') == board.count(">chosen<") == 1
    assert (summary["feeds"]["generated"], summary["feeds"]["tax_year"]) == (True, 2016)
    bases = {summary["feeds"][feed]["basis"] for feed in ("playgrounds", "parks", "income")}
    assert len(bases) == 1 and bases <= {"the feed is generated", "the file's time of change"}


def test_the_columns_of_the_output_line_up(demo: Demo) -> None:
    outcomes = [line for line in demo.output.splitlines() if re.search(r" (Succeeded|SUCCEEDED) ", line)]
    assert len(outcomes) > 20
    assert {re.search(r"(Succeeded|SUCCEEDED) ", line).start() for line in outcomes} == {49}
    assert len({len(line) for line in outcomes}) == 1


def read_json(demo: Demo, source: dict[str, str]) -> dict[str, Any]:
    """Return a file that a package names, as Studio and monitors read it."""
    bucket, _, key = source["S3Uri"].removeprefix("s3://").partition("/")
    assert source["ContentType"] == "application/json"
    content: dict[str, Any] = json.loads(demo.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    return content


def test_package_has_the_statistics_constraints_and_bias_of_its_run(demo: Demo) -> None:
    package = demo.client("sagemaker").describe_model_package(ModelPackageName=demo.summary["model_package_arn"])
    metrics, baselines = package["ModelMetrics"], package["DriftCheckBaselines"]

    statistics = read_json(demo, metrics["ModelDataQuality"]["Statistics"])
    assert statistics["dataset"] == {"item_count": demo.summary["etl"]["joined_rows"]}
    types = {feature["name"]: feature["inferred_type"] for feature in statistics["features"]}
    assert (types["Level"], types["Adaptive_Swing"], types["lat"]) == ("Integral", "String", "Fractional")
    suggested, accepted = (
        {feature["name"]: feature["completeness"] for feature in read_json(demo, source)["features"]}
        for source in (metrics["ModelDataQuality"]["Constraints"], baselines["ModelDataQuality"]["Constraints"])
    )
    assert accepted == pytest.approx({name: share - 0.02 for name, share in suggested.items()})
    bias = read_json(demo, metrics["Bias"]["PostTrainingReport"])["post_training_bias_metrics"]
    assert bias["facets"].keys() == {"borough", "income"}
    assert {value["value_or_threshold"] for value in bias["facets"]["borough"]} >= {"Brooklyn", "Queens"}


def test_package_has_a_card_with_the_figures_of_its_model(demo: Demo) -> None:
    package = demo.client("sagemaker").describe_model_package(ModelPackageName=demo.summary["model_package_arn"])
    card = json.loads(package["ModelCard"]["ModelCardContent"])

    assert package["ModelCard"]["ModelCardStatus"] == "PendingReview"
    (evaluation,) = card["evaluation_details"]
    figures = {
        metric["name"]: metric["value"] for group in evaluation["metric_groups"] for metric in group["metric_data"]
    }
    measured = demo.summary["metrics"][demo.summary["champion"]]
    assert {name: figures[name] for name in ("accuracy", "roc_auc")} == {
        name: measured[name] for name in ("accuracy", "roc_auc")
    }
    assert f"{demo.summary['features']['test_rows']} rows" in card["training_details"]["training_observations"]


def test_card_that_is_written_once_more_deploys_nothing(demo: Demo) -> None:
    """An approval follows it: had the card started an execution, too, there would be two."""
    client, arn = demo.client("sagemaker"), demo.summary["model_package_arn"]
    card = client.describe_model_package(ModelPackageName=arn)["ModelCard"]
    look = started_since(demo, executions(demo, DEPLOY_PIPELINE), DEPLOY_PIPELINE)

    client.update_model_package(ModelPackageArn=arn, ModelCard=card)
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    (execution,) = wait_until(look, "the approval's execution")
    _, steps = ended(demo, execution)
    assert outputs(steps["ResolveDeployment"])["Decision"] == "Skip"
    assert look() == [execution]


def test_events_joined_the_parts(demo: Demo) -> None:
    """Neither the pipeline nor the deployment was started by the command."""
    client = demo.client("sagemaker")
    (trained,) = [arn for arn in executions(demo) if arn == demo.summary["execution"]["arn"]]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", parameters(demo, trained)["DataVersion"])
    (deployed,) = [arn for arn in executions(demo, DEPLOY_PIPELINE) if arn == demo.summary["deployment"]["arn"]]
    assert parameters(demo, deployed)["ModelPackageArn"] == demo.summary["model_package_arn"]
    package = client.describe_model_package(ModelPackageName=demo.summary["model_package_arn"])
    assert package["ApprovalDescription"] == "approved by the demo"


def test_the_two_models_are_made_side_by_side(demo: Demo) -> None:
    spans = {
        step["name"]: (step["start"], step["start"] + step["seconds"]) for step in demo.summary["execution"]["steps"]
    }
    assert spans["TrainXGBoost"][0] < spans["AutoML"][1]
    assert spans["AutoML"][0] < spans["TrainXGBoost"][1]


def test_the_output_tells_the_story(demo: Demo) -> None:
    for part in (
        "AWS::Glue::Workflow",
        "import_income_data",
        "prep_data_for_ml",
        "TrainXGBoost",
        "ResolveDeployment",
        "majority class",
        demo.summary["model_package_arn"],
        str(demo.ran_in),
        "playgrounds down",
    ):
        assert part in demo.output
    assert "\r" not in demo.output


def test_sql_predicts_what_the_registered_model_predicts(
    demo: Demo, scored: pd.DataFrame, booster: xgboost.Booster
) -> None:
    names = list(feature_set("playground").feature_names)
    location = demo.client("glue").get_table(DatabaseName=DATABASE, Name="scoring_playground")["Table"][
        "StorageDescriptor"
    ]["Location"]
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    content = demo.client("s3").get_object(Bucket=bucket, Key=f"{prefix.rstrip('/')}/scoring.parquet")["Body"].read()
    rows = pq.read_table(io.BytesIO(content)).to_pandas().set_index("playground_key")
    assert rows.index.is_unique
    matrix = xgboost.DMatrix(rows[names].to_numpy(dtype=np.float32), feature_names=booster.feature_names)
    expected = pd.Series(booster.predict(matrix), index=rows.index, dtype=float)
    from_sql = scored.set_index("playground_key")["answer"]
    assert len(from_sql) == len(expected)
    assert (from_sql - expected.loc[from_sql.index]).abs().max() <= 1e-6


def test_sql_is_as_accurate_on_the_test_rows_as_the_evaluation_said(demo: Demo, scored: pd.DataFrame) -> None:
    test = scored[scored["split"] == "test"]
    accuracy = ((test["answer"] >= 0.5) == (test["label"] == 1)).mean()
    assert accuracy == pytest.approx(demo.summary["metrics"][demo.summary["champion"]]["accuracy"], abs=1e-12)
    assert demo.summary["sql"]["test_accuracy"] == pytest.approx(accuracy, abs=1e-12)


def test_the_crawled_tables_can_be_queried(demo: Demo) -> None:
    tables = {table["Name"] for table in demo.client("glue").get_tables(DatabaseName=DATABASE)["TableList"]}
    assert {"income", "parks", "playgrounds", "playgrounds_income"} <= tables
    (joined,) = query(demo, "SELECT count(*) AS n, count(DISTINCT playground_key) AS keys FROM playgrounds_income")
    assert joined == {"n": demo.summary["etl"]["joined_rows"], "keys": SMALL["playgrounds"]}
    (income,) = query(demo, "SELECT count(*) AS n FROM income WHERE year = '2016'")
    assert income["n"] > 0


def test_every_job_left_its_log_in_cloudwatch_and_on_disk(demo: Demo) -> None:
    logs = demo.client("logs")
    groups = {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}
    assert {"/aws-glue/jobs/output", "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"} <= groups
    streams = logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs")["logStreams"]
    events = logs.get_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=streams[0]["logStreamName"], startFromHead=True
    )["events"]
    assert any("validation-auc:" in event["message"] for event in events)
    assert any("validation-auc:" in path.read_text() for path in demo.data_dir.glob("jobs/**/log.txt"))


def test_the_endpoint_answers_any_client(demo: Demo) -> None:
    body = ",".join("" for _ in feature_set("playground").features)
    answer = demo.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=demo.summary["endpoint_name"], ContentType="text/csv", Body=body
    )
    assert 0 <= float(answer["Body"].read()) <= 1


def test_a_second_server_on_the_same_folder_is_refused(demo: Demo) -> None:
    done = playgrounds("demo", data_dir=demo.data_dir)
    assert done.returncode == 1
    assert "one runs already on" in done.stderr
