"""The steps from training to an endpoint, on real jobs and a real model server."""

import io
import tarfile
from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    IMAGE,
    ROLE,
    compare,
    condition,
    definition,
    get,
    join,
    parameter,
    register,
)

TRAIN = """
import os, numpy, xgboost
rows = numpy.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), delimiter=",")
data = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])
model = xgboost.train({"objective": "binary:logistic", "min_child_weight": 0}, data, num_boost_round=3)
model.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"))
print("[0]\\ttrain-rmse:%d" % len(rows))
"""
INSTANCE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


def deployment(bench: Bench) -> str:
    """Return a definition that trains, registers, tries out and deploys a model."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("train.py")
        entry.size = len(TRAIN)
        tar.addfile(entry, io.BytesIO(TRAIN.encode()))
    code = bench.put("code/sourcedir.tar.gz", archive.getvalue())
    bench.put("train/train.csv", b"".join(b"%d,%d,%d\n" % (number % 2, number % 2, number) for number in range(20)))
    smoke = bench.put("smoke/rows.csv", b"0,1\n1,2\n")
    model_name, here = get("Steps.CreateModel.ModelName"), get("Execution.PipelineExecutionId")
    train = _step(
        "Train",
        "Training",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"sagemaker_program": "train.py", "sagemaker_submit_directory": code},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": join(f"s3://{BUCKET}", here, on="/")},
        ResourceConfig={**INSTANCE, "VolumeSizeInGB": 30},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        RoleArn=ROLE,
    )
    train["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P1D"}
    tail = (
        _step(
            "CreateModel",
            "Model",
            PrimaryContainer={"ModelPackageName": get("Steps.Register.ModelPackageArn")},
            ExecutionRoleArn=ROLE,
        ),
        _step(
            "SmokeTest",
            "Transform",
            ModelName=model_name,
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": smoke}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            TransformOutput={"S3OutputPath": join(f"s3://{BUCKET}", here, "smoke", on="/"), "Accept": "text/csv"},
            TransformResources=INSTANCE,
        ),
        {
            **_step(
                "CreateEndpointConfig",
                "EndpointConfig",
                EndpointConfigName=join("deployment-tests", here, on="-"),
                ProductionVariants=[
                    {
                        "VariantName": "AllTraffic",
                        "ModelName": model_name,
                        "InstanceType": "ml.m5.large",
                        "InitialInstanceCount": 1,
                    }
                ],
            ),
            "DependsOn": ["SmokeTest"],
        },
        _step(
            "Deploy",
            "Endpoint",
            EndpointName="deployment-tests",
            EndpointConfigName=get("Steps.CreateEndpointConfig.EndpointConfigName"),
            Tags=[{"Key": "Stack", "Value": "tests"}],
        ),
    )
    approved = compare("Equals", get("Steps.Register.ModelApprovalStatus"), "Approved")
    return definition(
        train,
        condition("Trained", compare("Equals", get("Steps.Train.FinalMetricDataList['train:rmse'].Value"), 20)),
        register(
            "Register",
            "deployment-tests",
            get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
            ModelApprovalStatus=get("Parameters.Approval"),
        ),
        condition("Approved", approved, then=tail),
        parameters=(parameter("Approval", "String", "Approved"),),
    )


def _step(name: str, type_name: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": type_name, "Arguments": arguments}


def test_model_is_trained_registered_tested_and_deployed(bench: Bench):
    bench.create("deployment", deployment(bench))
    first = bench.start("deployment")
    assert bench.finish(first) == "Succeeded", bench.steps(first)
    steps = bench.steps(first)
    assert steps["Trained"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    made = {name: next(iter(step["Metadata"])) for name, step in steps.items() if step["StepStatus"] == "Succeeded"}
    assert made == {
        "Train": "TrainingJob",
        "Trained": "Condition",
        "Register": "RegisterModel",
        "Approved": "Condition",
        "CreateModel": "Model",
        "SmokeTest": "TransformJob",
        "CreateEndpointConfig": "EndpointConfig",
        "Deploy": "Endpoint",
    }
    scores = bench.read(f"s3://{BUCKET}/{first.rpartition('/')[2]}/smoke/rows.csv.out").split()
    assert len(scores) == 2
    invoke = bench.server.client("sagemaker-runtime").invoke_endpoint
    answer = invoke(EndpointName="deployment-tests", ContentType="text/csv", Body=b"0,1\n1,2\n")["Body"].read().split()
    assert [float(score) for score in answer] == [float(score) for score in scores]

    waiting = bench.start("deployment", {"Approval": "PendingManualApproval"})
    assert bench.finish(waiting) == "Succeeded"
    steps = bench.steps(waiting)
    assert sorted(steps) == ["Approved", "Register", "Train", "Trained"]
    assert steps["Train"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert steps["Approved"]["Metadata"] == {"Condition": {"Outcome": "False"}}

    again = bench.start("deployment")
    assert bench.finish(again) == "Succeeded", bench.steps(again)
    endpoint = bench.client.describe_endpoint(EndpointName="deployment-tests")
    # The pipeline puts an end of the execution's own to the name.
    assert endpoint["EndpointConfigName"].startswith(f"deployment-tests-{again.rpartition('/')[2]}-")
    assert endpoint["EndpointStatus"] == "InService"


@pytest.mark.parametrize(
    ("type_name", "member", "value"),
    [
        ("Endpoint", "DeploymentConfig", {"BlueGreenUpdatePolicy": {}}),
        ("EndpointConfig", "DataCaptureConfig", {"EnableCapture": True}),
        ("EndpointConfig", "ExplainerConfig", {}),
    ],
)
def test_member_that_sagemaker_pipelines_refuses_is_refused_at_creation(bench: Bench, type_name, member, value):
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    own: dict[str, dict[str, Any]] = {
        "Endpoint": {"EndpointName": "e", "EndpointConfigName": "c"},
        "EndpointConfig": {"ProductionVariants": [variant]},
    }
    request = {"PipelineName": "refused", "RoleArn": ROLE, "ClientRequestToken": "x" * 32}
    text = definition(_step("Deploy", type_name, **own[type_name], **{member: value}))
    code, message = refused(bench.client.create_pipeline, PipelineDefinition=text, **request)

    assert code == "ValidationException"
    assert message.startswith("Unable to parse pipeline definition.")
    assert f"Cannot parse object, unknown property '{member}'" in message
