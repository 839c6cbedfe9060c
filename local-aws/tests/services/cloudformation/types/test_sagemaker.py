"""Model package groups and pipelines."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/sagemaker"


def test_model_package_group_is_created_updated_and_deleted(server, resource) -> None:
    sagemaker, group = server.client("sagemaker"), resource("AWS::SageMaker::ModelPackageGroup")
    definition = {"ModelPackageGroupName": "group", "ModelPackageGroupDescription": "d"}
    made = group.create(**definition, Tags=[{"Key": "a", "Value": "b"}])
    assert made.physical_id == "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/group"
    assert made.attributes["ModelPackageGroupStatus"] == "Completed"
    group.update(**definition, Tags=[{"Key": "c", "Value": "d"}])
    assert sagemaker.list_tags(ResourceArn=group.id)["Tags"] == [{"Key": "c", "Value": "d"}]
    group.delete()
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="group")


def test_pipeline_is_created_updated_and_deleted(server, resource) -> None:
    def body(message: str) -> str:
        step = {"Name": "Fail", "Type": "Fail", "Arguments": {"ErrorMessage": message}}
        return json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [step]})

    sagemaker, pipeline = server.client("sagemaker"), resource("AWS::SageMaker::Pipeline")
    server.client("s3").create_bucket(Bucket="definitions")
    server.client("s3").put_object(Bucket="definitions", Key="second.json", Body=body("second").encode())
    base = {"PipelineName": "pipeline", "RoleArn": ROLE}
    pipeline.create(
        **base, PipelineDefinition={"PipelineDefinitionBody": body("first")}, Tags=[{"Key": "a", "Value": "b"}]
    )
    assert sagemaker.describe_pipeline(PipelineName="pipeline")["PipelineDefinition"] == body("first")
    place = {"Bucket": "definitions", "Key": "second.json"}
    pipeline.update(**base, PipelineDefinition={"PipelineDefinitionS3Location": place})
    found = sagemaker.describe_pipeline(PipelineName="pipeline")
    assert found["PipelineDefinition"] == body("second")
    assert sagemaker.list_tags(ResourceArn=found["PipelineArn"])["Tags"] == []
    pipeline.delete()
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []
