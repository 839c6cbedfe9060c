"""Stacks from creation to deletion."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

TWO = """
AWSTemplateFormatVersion: 2010-09-09
Description: two
Parameters:
  Kind: {Type: String, Default: raw}
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/of/${Data}"}
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${AWS::StackName}-data"
      Tags: [{Key: kind, Value: !Ref Kind}]
Outputs:
  Arn: {Value: !GetAtt Data.Arn, Description: of the data, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""


def test_a_stack_is_created_changed_and_deleted(stacks) -> None:
    stack = stacks.create("two", TWO, Tags=[{"Key": "Stack", "Value": "two"}])
    assert stack["Outputs"] == [
        {
            "OutputKey": "Arn",
            "OutputValue": "arn:aws:s3:::two-data",
            "Description": "of the data",
            "ExportName": "two-arn",
        }
    ]
    assert (stacks.buckets(), stacks.groups()) == ({"two-data"}, {"/of/two-data"})
    assert stacks.tags("two-data") == {"kind": "raw", "Stack": "two"}
    assert stacks.statuses("two", "Data") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert stacks.statuses("two", "two") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]

    stacks.update("two", TWO, Parameters=[{"ParameterKey": "Kind", "ParameterValue": "new"}])
    assert stacks.tags("two-data") == {"kind": "new", "Stack": "two"}

    stack_id = stack["StackId"]
    stacks.cloudformation.delete_stack(StackName="two")
    stacks.wait("stack_delete_complete", "two")
    assert (stacks.buckets(), stacks.groups()) == (set(), set())
    assert stacks.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id two does not exist"):
        stacks.stack("two")
