"""Functions, conditions and references of templates, and what is refused of them."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.blueprint import Blueprint
from local_aws.services.cloudformation.resource_type import PhysicalResource, ResourceType
from local_aws.services.cloudformation.templates import parameters
from local_aws.services.cloudformation.templates.template import Template
from tests.services.cloudformation.small_types import Bucket, Group

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/it/1",
    "AWS::StackName": "it",
    "AWS::URLSuffix": "amazonaws.com",
}
TAGS = [{"Key": "team", "Value": "parks"}]
TYPES: dict[str, ResourceType] = {each.name: each for each in (Bucket(), Group())}
HEAD = """
Parameters:
  Word: {Type: String, Default: park}
  Numbers: {Type: List<Number>, Default: "1, 2,3"}
Mappings:
  Sizes: {small: {rows: 10, names: [a, b]}, large: {rows: 20}}
Conditions:
  IsPark: !Equals [!Ref Word, park]
  IsNot: !Not [!Condition IsPark]
  Both: !And [!Condition IsPark, !Equals [a, a]]
  Either: !Or [!Condition IsNot, !Equals [1, "1"]]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Never: {Type: AWS::S3::Bucket, Condition: IsNot}
"""


def blueprint(text: str, **values: str) -> Blueprint:
    template = Template.of(text)
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    found = parameters.values(template.parameters, given, {})
    return Blueprint(template, found, PSEUDO, [], TYPES, {"shared": "exported"}.__getitem__)


def made(logical_id: str) -> PhysicalResource:
    return PhysicalResource(f"the-{logical_id}", {"Arn": f"arn:aws:s3:::the-{logical_id}"})


def value_of(expression: str) -> Any:
    text = f"{HEAD}\n  Holder: {{Type: AWS::Logs::LogGroup, Properties: {{Held: {expression}}}}}\n"
    return blueprint(text).properties("Holder", made).get("Held", "nothing")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Word", "park"),
        ("!Ref Numbers", ["1", "2", "3"]),
        ("!Ref Bucket", "the-Bucket"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::NotificationARNs", []),
        ("!Ref AWS::NoValue", "nothing"),
        ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::the-Bucket"),
        ("!GetAtt [Bucket, Arn]", "arn:aws:s3:::the-Bucket"),
        ('{"Fn::GetAtt": "Bucket.Arn"}', "arn:aws:s3:::the-Bucket"),
        ('!Sub "${Word}/${Bucket.Arn}/${AWS::AccountId}"', "park/arn:aws:s3:::the-Bucket/123456789012"),
        ('!Sub "${!Literal} ${ Word }"', "${Literal} park"),
        ('!Sub ["${A}-${Word}", {A: !Ref Bucket}]', "the-Bucket-park"),
        ('!Join ["-", [a, !Ref Word, 3, true]]', "a-park-3-true"),
        ('!Join [",", !Ref Numbers]', "1,2,3"),
        ("!Select [1, [a, b]]", "b"),
        ('!Select ["2", !Ref Numbers]', "3"),
        ('!Select [1, !Split ["-", a-b-c]]', "b"),
        ('!Split ["|", "a|b"]', ["a", "b"]),
        ("!If [IsPark, yes, no]", True),
        ('!If [IsNot, "x", "y"]', "y"),
        ("!If [IsNot, x, !Ref AWS::NoValue]", "nothing"),
        ('!If [Both, "both", "one"]', "both"),
        ('!If [Either, "either", "none"]', "either"),
        ("!FindInMap [Sizes, small, rows]", 10),
        ("!FindInMap [Sizes, !Ref AWS::NoValue, rows]", AwsError),
        ("!FindInMap [Sizes, small, names]", ["a", "b"]),
        ("!Base64 playground", "cGxheWdyb3VuZA=="),
        ("!ImportValue shared", "exported"),
        ("!ImportValue {'Fn::Sub': 'sha${Word}'}", KeyError),
        ("2012-10-17", "2012-10-17"),
        ("{Condition: {Bool: {a: false}}, Effect: Deny}", {"Condition": {"Bool": {"a": False}}, "Effect": "Deny"}),
    ],
)  # fmt: skip
def test_expression_is_evaluated(expression: str, expected: Any) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            value_of(expression)
    else:
        assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("!Ref Nothing", r"Unresolved resource dependencies \[Nothing\] in the Resources block"),
        ('!Sub "${Nothing.Arn}"', r"Unresolved resource dependencies \[Nothing\]"),
        ("!Ref Never", r"Unresolved resource dependencies \[Never\]"),
        ("!GetAtt Bucket.Colour", "Bucket does not support attribute type Colour"),
        ("!GetAtt Bucket.WebsiteURL", "local_aws does not support the attribute WebsiteURL of resource Bucket"),
        ("!GetAZs us-east-1", "does not support the function Fn::GetAZs"),
        ("!Cidr [10.0.0.0/16, 1, 8]", "does not support the function Fn::Cidr"),
        ("!Transform {Name: AWS::Include}", "does not support the function Fn::Transform"),
        ("!Length [a]", "Fn::Length, which needs the transform AWS::LanguageExtensions"),
        ("!ToJsonString {a: b}", "Fn::ToJsonString, which needs"),
        ('"{{resolve:ssm:/secret}}"', "does not support the dynamic reference {{resolve:ssm"),
        ("!Select [2, [a, b]]", "an integer index and a list"),
        ("!Select [a, [a, b]]", "an integer index and a list"),
        ("!Join [a]", "requires a separator and a list of strings"),
        ("!Join [a, b]", "Fn::Join object requires"),
        ('!Split ["", a]', "a string delimiter"),
        ("!Sub [a]", "Fn::Sub intrinsic functions don't specify expected arguments"),
        ('!Sub "${Numbers}"', "Fn::Sub needs text"),
        ("!If [Unknown, a, b]", "unresolved condition dependency Unknown in Fn::If"),
        ("!If [IsPark, a]", "Fn::If requires a list argument with three"),
        ("!FindInMap [Sizes, huge, rows]", "Unable to get mapping for Sizes::huge::rows"),
        ("{Ref: [a]}", "must have a single String value"),
        ("{'Fn::Join': ['', []], also: this}", "Fn::Join must stand alone, not beside also"),
        ("!GetAtt Bucket", "requires two non-empty parameters"),
    ],
)
def test_expression_is_refused(expression: str, message: str) -> None:
    with pytest.raises(AwsError, match=message):
        value_of(expression)


RESOURCES = "Resources: {Bucket: {Type: AWS::S3::Bucket}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unsupported structure"),
        ("[1]", "unsupported structure"),
        ("{", "not well-formed"),
        ("a: [", "not well-formed"),
        ("a: &x 1\nb: *x", "aliases are not allowed"),
        ("a: 1\na: 2", "duplicate key"),
        ('{"a": 1, "a": 2}', "duplicate key"),
        ("Resources: {}", "At least one Resources member"),
        ("Resources: [a]", "Any Resources member must be an object"),
        (f"Colours: {{}}\n{RESOURCES}", r"Invalid template property or properties \[Colours\]"),
        (f"Transform: AWS::Serverless-2016-10-31\n{RESOURCES}", "does not support the section Transform"),
        (f"Rules: {{}}\n{RESOURCES}", "does not support the section Rules"),
        (f"AWSTemplateFormatVersion: 2011-01-01\n{RESOURCES}", "unsupported value for AWSTemplateFormatVersion"),
        ("Resources: {Bucket: {}}", "must contain a Type member"),
        ("Resources: {my-bucket: {Type: AWS::S3::Bucket}}", "my-bucket is non alphanumeric"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, Colour: red}}", "property 'Colour'"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, UpdatePolicy: {}}}", r"support UpdatePolicy of resource Bucket"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, CreationPolicy: {}}}", "does not support CreationPolicy"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Snapshot}}", r"'Snapshot' .* of resource Bucket"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: []}}\nOutputs: {A: {}}", "must contain a Value"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: [1]}}", "Properties.* must be an object"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, DependsOn: Other}}", r"dependencies \[Other\]"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, DependsOn: [1]}}", "DependsOn of Bucket"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, Condition: Maybe}}", "condition dependency Maybe"),
        (f"{RESOURCES}\nConditions: {{A: !Equals [!Ref Bucket, a]}}", "in the Conditions block"),
        (f"{RESOURCES}\nOutputs: {{A: {{Value: !Ref Nothing}}}}", "in the Outputs block"),
        (f"{RESOURCES}\nOutputs: {{A: {{Value: a, Colour: red}}}}", "output property 'Colour'"),
        (f"{RESOURCES}\nOutputs: {{A: {{Value: a, Export: b}}}}", "Export of output A must be an object with a Name"),
        (f"{RESOURCES}\nOutputs: {{A: {{Value: a, Condition: [b]}}}}", "Condition of A must be the name"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, DependsOn: 1}}", "DependsOn of Bucket"),
        ("Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {Tags: 1}}}", "Tags of a resource.* must be a list"),
        (f"{RESOURCES}\nParameters: {{P: {{Type: String, Default: a}}}}\nOutputs: {{A: {{Value: !GetAtt P.Arn}}}}",
         r"dependencies \[P\] in the Outputs block"),
        (f"{RESOURCES}\nConditions: {{A: !Not [!Condition B], B: !Not [!Condition A], C: !Equals [a, a]}}",
         r"Circular dependency between conditions: \[A, B\]"),
        ("Resources: {Robot: {Type: AWS::Toys::Robot}}", r"Unrecognized resource types: \[AWS::Toys::Robot\]"),
        ("Resources: {Queue: {Type: AWS::SQS::Queue}}", r"does not support the resources Queue \(AWS::SQS::Queue\)"),
    ],
)  # fmt: skip
def test_template_is_refused(text: str, message: str) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        Blueprint(Template.of(text), {"P": "a"} if "P:" in text else {}, PSEUDO, TAGS, TYPES, str).properties(
            "Bucket", made
        )
    assert caught.value.code == "ValidationError"


@pytest.mark.parametrize(
    "condition", ["!Equals [a]", "!Not [a, b]", "!And [!Equals [a, a]]", "!Ref Word", "!Or a", "text"]
)
def test_condition_must_have_the_form_of_its_function(condition: str) -> None:
    text = f"Parameters: {{Word: {{Type: String, Default: a}}}}\nConditions: {{C: {condition}}}\n"
    with pytest.raises(AwsError):
        blueprint(text + "Resources: {Bucket: {Type: AWS::S3::Bucket, Condition: C}}").order  # noqa: B018


def test_cycle_is_refused_by_the_names_in_it() -> None:
    text = """
    Resources:
      A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref B}}
      B: {Type: AWS::Logs::LogGroup, DependsOn: A}
      C: {Type: AWS::S3::Bucket}
    """
    with pytest.raises(AwsError, match=r"Circular dependency between resources: \[A, B\]"):
        blueprint(text).order  # noqa: B018


@pytest.mark.parametrize(
    "value", ["!Ref Never", "!Sub '${Never.Arn}'", "!GetAtt Never.Arn", "!Join ['', [a, !Ref Never]]"]
)
def test_output_must_refer_to_declared_resources(value: str) -> None:
    text = f"{HEAD}\nOutputs: {{Gone: {{Value: %s}}, Shown: {{Value: !If [IsPark, a, {value}]}}}}"
    with pytest.raises(AwsError, match=r"dependencies \[Never\] in the Outputs block"):
        blueprint(text % value)
    with pytest.raises(AwsError, match=r"dependencies \[Never\] in the Outputs block"):
        blueprint(text % f"a, Export: {{Name: {value}}}")
    assert [output["OutputValue"] for output in blueprint(text % "!Ref Bucket").outputs(made)] == ["the-Bucket", "a"]
    unmade = text % f"{value}, Condition: IsNot"
    assert [output["OutputKey"] for output in blueprint(unmade).outputs(made)] == ["Shown"]
    assert len(list(blueprint(text % value, Word="court").outputs(made))) == 2


def test_only_the_branch_that_holds_is_a_dependency() -> None:
    text = HEAD + "  Last: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !If [IsPark, a, !Ref Never]}}\n"
    found = blueprint(text)
    assert found.dependencies["Last"] == set()
    assert found.order == ["Bucket", "Last"]
    assert blueprint(text, Word="court").dependencies["Last"] == {"Never"}


@pytest.mark.parametrize(
    ("declaration", "value", "expected"),
    [
        ("{Type: String, Default: 3}", None, "3"),
        ("{Type: String, Default: true}", None, "true"),
        ("{Type: String}", None, r"Parameters: \[P\] must have values"),
        ("{Type: String, AllowedValues: [a, b]}", "c", "Parameter 'P' must be one of AllowedValues: a, b"),
        ("{Type: String, AllowedPattern: '[a-z]*'}", "A", r"Parameter 'P' must match pattern \[a-z\]\*"),
        ("{Type: String, AllowedPattern: '[a-z]*', ConstraintDescription: lower case}", "A", "constraint: lower case"),
        ("{Type: String, MinLength: 2}", "a", "at least 2 characters"),
        ("{Type: String, MaxLength: '2'}", "abc", "at most 2 characters"),
        ("{Type: Number, MinValue: 2}", "1", "not less than 2"),
        ("{Type: Number, MaxValue: 2}", "3.5", "not greater than 2"),
        ("{Type: Number}", "many", "must be a number"),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a,c", "must be one of AllowedValues"),
        ("{Type: AWS::SSM::Parameter::Value<String>}", "x", "does not support the parameter type AWS::SSM"),
        ("{Type: String, AllowedPattern: '['}", "x", "AllowedPattern of parameter P must be a regular expression"),
        ("{Type: String, AllowedValues: a}", "a", "AllowedValues of parameter P must be a list of strings"),
        ("{Type: String, MinLength: few}", "x", "MinLength of parameter P must be a whole number"),
        ("{Type: Number, MaxValue: much}", "1", "MaxValue of parameter P must be a number"),
        ("{Type: String, Default: }", "x", "Default of parameter P must be a string"),
        ("{Type: AWS::EC2::VPC::Id}", "x", "does not support the parameter type AWS::EC2"),
        ("{Type: Word}", "x", "Unrecognized parameter type: Word"),
        ("{Default: a}", "x", "must contain a Type member"),
        ("{Type: String, Colour: red}", "x", "property 'Colour'"),
    ],
)
def test_parameter_value_must_satisfy_its_declaration(declaration: str, value: str | None, expected: str) -> None:
    text = f"Parameters: {{P: {declaration}}}\n{RESOURCES}"
    given = {} if value is None else {"P": value}
    if value is None and "Default" in declaration:
        assert blueprint(text).values == {"P": expected}
    else:
        with pytest.raises(AwsError, match=expected):
            blueprint(text, **given)


def test_scalars_take_the_types_of_the_schema() -> None:
    text = """
    Parameters: {Days: {Type: Number, Default: 7}}
    Resources:
      Group:
        Type: AWS::Logs::LogGroup
        Properties: {LogGroupName: 12, RetentionInDays: !Ref Days, DataProtectionPolicy: '{"a": 1}'}
      Bucket:
        Type: AWS::S3::Bucket
        Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: "true"}}
    """
    found = blueprint(text)
    properties = found.properties("Group", made)
    assert (properties["LogGroupName"], properties["RetentionInDays"]) == ("12", 7)
    blocked = found.properties("Bucket", made)["PublicAccessBlockConfiguration"]
    assert blocked == {"BlockPublicAcls": True}
