"""Candidates behind endpoints: what they answer, and which archives are served at all."""

from __future__ import annotations

import ast
import csv
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services.sagemaker.serving.autogluon_model import AutoGluonModel
from local_aws.services.sagemaker.serving.errors import BadPayloadError, UnsupportedPayloadError
from tests.conftest import RunningServer
from tests.services.sagemaker.automl.conftest import FinishedJob
from tests.services.sagemaker.automl.examples import BUCKET, RECORDS, ROLE, get, put
from tests.waiting import wait_until

_BODY = "\n".join(RECORDS).encode()


@pytest.fixture(scope="module")
def container(job: FinishedJob) -> dict[str, Any]:
    """The container of the best candidate."""
    return job.description["BestCandidate"]["InferenceContainers"][0]


@pytest.fixture(scope="module")
def model_dir(server: RunningServer, container: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its archive, unpacked."""
    folder = tmp_path_factory.mktemp("model")
    archive = folder / "model.tar.gz"
    archive.write_bytes(get(server, container["ModelDataUrl"]))
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "model", filter="data")
    return folder / "model"


@pytest.fixture(scope="module")
def environment(container: dict[str, Any]) -> dict[str, str]:
    """Its variables."""
    return container["Environment"]


def _model(folder: Path, environment: dict[str, str], output: str) -> AutoGluonModel:
    return AutoGluonModel(folder, {**environment, "SAGEMAKER_INFERENCE_OUTPUT": output})


class TestAnswers:
    """What an answer holds."""

    def test_the_label_alone_by_default(self, model_dir: Path, environment: dict[str, str]) -> None:
        model = AutoGluonModel(model_dir, environment)

        assert model.answer(_BODY, "text/csv", "text/csv")[1] == b"yes\nno\nno\n"

    def test_everything(self, model_dir: Path, environment: dict[str, str]) -> None:
        model = _model(model_dir, environment, "predicted_label,probability,probabilities,labels")

        text = model.answer(_BODY, "text/csv; charset=utf-8", "text/csv")[1].decode()

        assert '"[' in text, "lists are quoted"
        for label, probability, probabilities, labels in csv.reader(text.splitlines()):
            assert ast.literal_eval(labels) == ["no", "yes"]
            values = ast.literal_eval(probabilities)
            assert sum(values) == pytest.approx(1)
            assert float(probability) == max(values) == values[["no", "yes"].index(label)]

    def test_order_is_that_of_the_variable(self, model_dir: Path, environment: dict[str, str]) -> None:
        model = _model(model_dir, environment, "probability, predicted_label")

        rows = [line.split(",") for line in model.answer(_BODY, "", "text/csv")[1].decode().splitlines()]

        assert [label for _, label in rows] == ["yes", "no", "no"]
        assert all(0.5 < float(probability) < 1 for probability, _ in rows)

    def test_json(self, model_dir: Path, environment: dict[str, str]) -> None:
        model = _model(model_dir, environment, "predicted_label,probability")

        answer = json.loads(model.answer(_BODY, "text/csv", "application/json")[1])

        assert [sorted(prediction) for prediction in answer["predictions"]] == [["predicted_label", "probability"]] * 3

    def test_a_record_scores_alone_as_among_others(self, model_dir: Path, environment: dict[str, str]) -> None:
        model = _model(model_dir, environment, "probabilities")

        together = model.answer(_BODY, "text/csv", "text/csv")[1]

        assert together == b"".join(model.answer(record.encode(), "text/csv", "text/csv")[1] for record in RECORDS)

    @pytest.mark.parametrize(
        ("body", "content_type", "error", "words"),
        [
            (b"1,2,B", "text/csv", BadPayloadError, "record 1 has 3 fields, and the model 4 features: swing, income"),
            (_BODY + b"\n1,2,B,1,5", "text/csv", BadPayloadError, "record 4 has 5 fields"),
            (b"swing,income,borough,constant\n" + _BODY, "text/csv", BadPayloadError, "'swing' is a number.*no header"),
            (b"1,inf,B,1", "text/csv", BadPayloadError, "'income' is infinite"),
            (b"\xff", "text/csv", UnsupportedPayloadError, "Loading csv data failed"),
            (b"{}", "application/json", UnsupportedPayloadError, "not an accepted ContentType"),
        ],
    )
    def test_what_cannot_be_scored(
        self,
        model_dir: Path,
        environment: dict[str, str],
        body: bytes,
        content_type: str,
        error: type[Exception],
        words: str,
    ) -> None:
        with pytest.raises(error, match=words):
            AutoGluonModel(model_dir, environment).answer(body, content_type, "text/csv")


def test_folder_without_the_model_is_refused(model_dir: Path, environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MODEL_NAME is 'nothing', and the archive holds"):
        AutoGluonModel(model_dir, {**environment, "MODEL_NAME": "nothing"})
    with pytest.raises(ValueError, match=r"Unable to load model: .*columns\.json"):
        AutoGluonModel(tmp_path, environment)


def test_endpoint_answers(server: RunningServer, container: dict[str, Any]) -> None:
    client, runtime = server.client("sagemaker"), server.client("sagemaker-runtime")
    copied = {**container, "ModelDataUrl": put(server, "copies/model.tar.gz", get(server, container["ModelDataUrl"]))}
    client.create_model(ModelName="served", ExecutionRoleArn=ROLE, PrimaryContainer=copied)
    variant = {"VariantName": "A", "ModelName": "served", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="served", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="served", EndpointConfigName="served")
    description = wait_until(
        lambda: (found := client.describe_endpoint(EndpointName="served"))["EndpointStatus"] != "Creating" and found
    )
    assert description["EndpointStatus"] == "InService", description.get("FailureReason")

    answer = runtime.invoke_endpoint(EndpointName="served", Body=_BODY, ContentType="text/csv")

    assert (answer["ContentType"], answer["Body"].read()) == ("text/csv", b"yes\nno\nno\n")
    with pytest.raises(runtime.exceptions.ModelError, match="record 1 has 1 fields") as caught:
        runtime.invoke_endpoint(EndpointName="served", Body=b"1", ContentType="text/csv")
    assert caught.value.response["OriginalStatusCode"] == 400
    client.delete_endpoint(EndpointName="served")


def test_archives_of_others_are_not_loaded(server: RunningServer, container: dict[str, Any]) -> None:
    archive = get(server, container["ModelDataUrl"])
    foreign = {**container, "ModelDataUrl": put(server, "foreign/model.tar.gz", archive + b"\0")}

    with pytest.raises(
        ClientError, match=f"s3://{BUCKET}/foreign/model.tar.gz was not made by an AutoML job"
    ) as caught:
        server.client("sagemaker").create_model(ModelName="foreign", ExecutionRoleArn=ROLE, PrimaryContainer=foreign)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_archive_that_is_exchanged_later_is_not_loaded(server: RunningServer, container: dict[str, Any]) -> None:
    client = server.client("sagemaker")
    archive = get(server, container["ModelDataUrl"])
    url = put(server, "exchanged/model.tar.gz", archive)
    client.create_model(
        ModelName="exchanged", ExecutionRoleArn=ROLE, PrimaryContainer={**container, "ModelDataUrl": url}
    )
    put(server, "exchanged/model.tar.gz", archive + b"\0")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": put(server, "rows/rows.csv", _BODY)}}

    client.create_transform_job(
        TransformJobName="exchanged",
        ModelName="exchanged",
        TransformInput={"DataSource": source, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/exchanged"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = wait_until(
        lambda: (
            (found := client.describe_transform_job(TransformJobName="exchanged"))["TransformJobStatus"] != "InProgress"
            and found
        )
    )

    assert job["TransformJobStatus"] == "Failed"
    assert "was not made by an AutoML job of this server" in job["FailureReason"]
