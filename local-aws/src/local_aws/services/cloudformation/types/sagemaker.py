"""Resources of SageMaker."""

from __future__ import annotations

import uuid
from typing import Any

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, only, text_of
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_list


class ModelPackageGroup(ResourceType):
    """``AWS::SageMaker::ModelPackageGroup``; one that holds packages is not deleted, as on AWS."""

    name = "AWS::SageMaker::ModelPackageGroup"
    _honoured = frozenset({"ModelPackageGroupDescription", "ModelPackageGroupName", "Tags"})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the group."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        request = fitted("sagemaker", "CreateModelPackageGroup", properties, self.name)
        group = properties["ModelPackageGroupName"]
        look = ("sagemaker", "DescribeModelPackageGroup", {"ModelPackageGroupName": group})
        begin(call, declared, group, look, "ValidationException", saying="does not exist")
        return self._made(call, call("sagemaker", "CreateModelPackageGroup", request)["ModelPackageGroupArn"])

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the tags."""
        only(declared.properties, self._honoured, self.name)
        _retag(call, physical_id, before, declared.properties)
        return self._made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the group."""
        group = physical_id.rpartition("/")[2]
        with missing_is_fine("ValidationException", saying="does not exist"):
            call("sagemaker", "DeleteModelPackageGroup", {"ModelPackageGroupName": group})

    def _made(self, call: Call, arn: str) -> Made:
        group = {"ModelPackageGroupName": arn.rpartition("/")[2]}
        found = call("sagemaker", "DescribeModelPackageGroup", group)
        told = ("ModelPackageGroupArn", "ModelPackageGroupStatus")
        created = found["CreationTime"].isoformat()
        return Made(arn, {**{name: found[name] for name in told}, "CreationTime": created})


class Pipeline(ResourceType):
    """``AWS::SageMaker::Pipeline``."""

    name = "AWS::SageMaker::Pipeline"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the pipeline."""
        properties = declared.properties
        members = {**_with_definition(properties), "ClientRequestToken": uuid.uuid4().hex}
        pipeline = properties["PipelineName"]
        begin(
            call, declared, pipeline, ("sagemaker", "DescribePipeline", {"PipelineName": pipeline}), "ResourceNotFound"
        )
        call("sagemaker", "CreatePipeline", fitted("sagemaker", "CreatePipeline", members, self.name))
        return Made(pipeline)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the pipeline."""
        members = but(_with_definition(declared.properties), "Tags")
        call("sagemaker", "UpdatePipeline", fitted("sagemaker", "UpdatePipeline", members, self.name))
        arn = call("sagemaker", "DescribePipeline", {"PipelineName": physical_id})["PipelineArn"]
        _retag(call, arn, before, declared.properties)
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the pipeline."""
        with missing_is_fine("ResourceNotFound"):
            request = {"PipelineName": physical_id, "ClientRequestToken": uuid.uuid4().hex}
            call("sagemaker", "DeletePipeline", request)


def _with_definition(properties: Properties) -> dict[str, Any]:
    definition = properties["PipelineDefinition"]
    members = but(properties, "PipelineDefinition")
    if "PipelineDefinitionBody" in definition:
        return {**members, "PipelineDefinition": text_of(definition["PipelineDefinitionBody"])}
    place = definition["PipelineDefinitionS3Location"]
    renamed = {"Key": "ObjectKey", "Version": "VersionId"}
    return {**members, "PipelineDefinitionS3Location": {renamed.get(name, name): place[name] for name in place}}


def _retag(call: Call, arn: str, before: Properties, after: Properties) -> None:
    tags = TagChange.of(before, after)
    if tags.put:
        call("sagemaker", "AddTags", {"ResourceArn": arn, "Tags": tag_list(tags.put)})
    if tags.removed:
        call("sagemaker", "DeleteTags", {"ResourceArn": arn, "TagKeys": tags.removed})
