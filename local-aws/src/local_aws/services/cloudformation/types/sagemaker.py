"""Resources of SageMaker."""

from __future__ import annotations

import uuid
from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType


class _SageMakerType(ServiceType):
    service = "sagemaker"
    tag_form, tag_operations = TagForm(), ("AddTags", "DeleteTags")


class ModelPackageGroup(_SageMakerType):
    """``AWS::SageMaker::ModelPackageGroup``; one that holds packages is not deleted, as on AWS."""

    name = "AWS::SageMaker::ModelPackageGroup"
    creates, reads = "CreateModelPackageGroup", "DescribeModelPackageGroup"
    deletes = "DeleteModelPackageGroup"
    key = name_property = "ModelPackageGroupName"
    id_path = "ModelPackageGroupArn"
    missing, missing_text = ("ValidationException",), "does not exist"
    honoured = ("ModelPackageGroupDescription", "ModelPackageGroupName", "Tags")

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"ModelPackageGroupName": name.rpartition("/")[2]}

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        group = self.send(context, self.reads, self.reference(context, physical_id, {}))
        members = ("ModelPackageGroupArn", "ModelPackageGroupStatus")
        return {**{name: group[name] for name in members}, "CreationTime": group["CreationTime"].isoformat()}


class Pipeline(_SageMakerType):
    """``AWS::SageMaker::Pipeline``."""

    name = "AWS::SageMaker::Pipeline"
    creates, reads, updates, deletes = "CreatePipeline", "DescribePipeline", "UpdatePipeline", "DeletePipeline"
    key = name_property = "PipelineName"
    missing = ("ResourceNotFound",)

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        members = _with_definition(super().creation(context, properties, name))
        return {**members, "ClientRequestToken": uuid.uuid4().hex}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return _with_definition(super().modification(context, physical_id, after, before))

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        return {"PipelineName": physical_id, "ClientRequestToken": uuid.uuid4().hex}

    def arn(self, context: Context, physical_id: str) -> str:
        return str(self.send(context, self.reads, {"PipelineName": physical_id})["PipelineArn"])


def _with_definition(properties: Properties) -> Properties:
    definition = properties["PipelineDefinition"]
    members = without(properties, "PipelineDefinition")
    if "PipelineDefinitionBody" in definition:
        return {**members, "PipelineDefinition": definition["PipelineDefinitionBody"]}
    place = definition["PipelineDefinitionS3Location"]
    renamed = {"Key": "ObjectKey", "Version": "VersionId"}
    return {**members, "PipelineDefinitionS3Location": {renamed.get(name, name): place[name] for name in place}}
