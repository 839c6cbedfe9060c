import json

import pytest

from local_aws.services.sagemaker.pipelines.errors import DefinitionError, NoValueError
from local_aws.services.sagemaker.pipelines.expressions import PropertyFile, Reference, Scope, references, resolve
from tests.services.sagemaker.pipelines.definitions import get, join, json_get

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
REPORT = {"accuracy": 0.8625, "slices": [{"name": "B", "auc": 1}], "curve's": {"a b": True}, "nothing": None}


def scope(files: dict[str, bytes] | None = None) -> Scope:
    contents = {"s3://bucket/out/report.json": json.dumps(REPORT).encode(), **(files or {})}

    def read(uri: str) -> bytes:
        if uri not in contents:
            raise NoValueError(f"cannot read {uri}")
        return contents[uri]

    output = {"OutputName": "report", "S3Output": {"S3Uri": "s3://bucket/out/"}}
    return Scope(
        parameters={"Count": 3, "Eta": 0.2, "Name": "x", "Fast": True},
        execution={"PipelineExecutionId": "abc", "PipelineExecutionArn": ARN},
        properties={
            "Evaluate": {"ProcessingOutputConfig": {"Outputs": [output]}, "Environment": {"A_B": "c"}},
            "Train": {"FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.75}]},
        },
        property_files={"Evaluate": {"Report": PropertyFile("Report", "report", "report.json")}},
        read=read,
    )


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (get("Parameters.Count"), 3),
        (get("Parameters.Fast"), True),
        (get("Execution.PipelineExecutionId"), "abc"),
        (get("Steps.Evaluate.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"), "s3://bucket/out/"),
        (get("Steps.Evaluate.Environment['A_B']"), "c"),
        (get("Steps.Evaluate.Environment"), {"A_B": "c"}),
        (get("Steps.Train.FinalMetricDataList['validation:auc'].Value"), 0.75),
        (get("Steps.Train.FinalMetricDataList[0].MetricName"), "validation:auc"),
        (json_get("Evaluate", "Report", "accuracy"), 0.8625),
        (json_get("Evaluate", "Report", "slices[0].auc"), 1),
        (json_get("Evaluate", "Report", '["curve\'s"]["a b"]'), True),
        ({"Std:JsonGet": {"S3Uri": join("s3://bucket", "out/report.json", on="/"), "Path": "accuracy"}}, 0.8625),
        ({"a": [get("Parameters.Name"), "y"], "Get": {"b": 1}}, {"a": ["x", "y"], "Get": {"b": 1}}),
    ],
)
def test_expression_resolves_to_its_value(node, value):
    assert resolve(node, scope()) == value


def test_join_writes_each_type_as_json_does():
    values = [get("Parameters.Count"), get("Parameters.Eta"), get("Parameters.Fast"), "s", join("a", "b"), 4.0, 1e-05]
    assert resolve(join(*values, on=","), scope()) == "3,0.2,true,s,ab,4.0,1e-05"


def test_current_time_is_read_when_it_is_resolved():
    first, second = (resolve(get("Execution.CurrentDateTime"), scope()) for _ in range(2))
    assert first <= second
    assert first.endswith("Z")


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (get("Steps.Skipped.Anything"), "step Skipped has not succeeded"),
        (get("Steps.Train.ModelArtifacts.S3ModelArtifacts"), "step Train has no value at ModelArtifacts"),
        (json_get("Evaluate", "Report", "balanced.accuracy"), "property file Report of step Evaluate .* balanced"),
        (json_get("Evaluate", "Report", "nothing"), "no value at nothing"),
        ({"Std:JsonGet": {"S3Uri": "s3://bucket/none.json", "Path": "a"}}, "cannot read s3://bucket/none.json"),
        ({"Std:JsonGet": {"S3Uri": "s3://bucket/nan.json", "Path": "a"}}, "NaN is not a JSON number"),
        ({"Std:JsonGet": {"S3Uri": "s3://bucket/cut.json", "Path": "a"}}, "not valid JSON"),
        (join(get("Steps.Evaluate.Environment")), "Std:Join joins strings, numbers and booleans"),
    ],
)
def test_expression_without_a_value_names_the_cause(node, reason):
    files = {"s3://bucket/nan.json": b'{"a": NaN}', "s3://bucket/cut.json": b'{"a": '}
    with pytest.raises(NoValueError, match=reason):
        resolve(node, scope(files))


def test_nested_references_are_listed():
    node = {"a": [join(get("Parameters.P"), json_get("S", "F", "x"))], "b": {"c": get("Steps.T.X.Y")}}
    assert list(references(node)) == [
        Reference("Parameters", "P"),
        Reference("Steps", "S", ("PropertyFiles", "F")),
        Reference("Steps", "T", ("X", "Y")),
    ]


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (get("Steps.X"), "write Parameters.<name>"),
        (get("Parameter.X"), "write Parameters.<name>"),
        (get("Parameters.X.y"), "write Parameters.<name>"),
        (get("Steps.X[*]"), "not a path"),
        (get("Steps.X.PropertyFiles.F"), "only Std:JsonGet reads property files"),
        ({"Std:Join": {"On": "", "Values": "a"}}, "Std:Join takes"),
        ({"Std:JsonGet": {"PropertyFile": get("Steps.X.Y"), "Path": "a"}}, "Std:JsonGet takes"),
        ({"Std:JsonGet": {"PropertyFile": get("Steps.X.PropertyFiles.F"), "Path": "a[*]"}}, "Path"),
        ({"Std:Add": [1, 2]}, "function Std:Add is unknown"),
    ],
)
def test_ill_formed_expression_is_refused(node, reason):
    with pytest.raises(DefinitionError, match=reason):
        list(references({"Arguments": [node]}))
