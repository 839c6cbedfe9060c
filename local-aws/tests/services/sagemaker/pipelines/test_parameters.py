import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.parameters import parameter_values, parse_parameters, value_text
from tests.services.sagemaker.pipelines.definitions import parameter

DECLARED = parse_parameters(
    [
        parameter("Url", "String", ""),
        parameter("Set", "String", "playground", EnumValues=["playground", "lab"]),
        parameter("Depth", "Integer", 5),
        parameter("Eta", "Float", 0.2),
        parameter("Fast", "Boolean", False),
        parameter("Role", "String"),
    ]
)


def given(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_values_have_the_declared_types():
    values = parameter_values(DECLARED, given(Depth="-7", Eta="1e-3", Fast="True", Role="r", Set="lab"))
    assert values == {"Url": "", "Set": "lab", "Depth": -7, "Eta": 0.001, "Fast": True, "Role": "r"}


def test_missing_values_have_their_defaults():
    assert parameter_values(DECLARED, given(Role="r"))["Depth"] == 5


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "without a default need a value: Role"),
        ({"Role": "r", "depth": "1"}, "'depth' is not in the definition"),
        ({"Role": "r", "Depth": "5.0"}, "'5.0' of pipeline parameter 'Depth' is not of type Integer"),
        ({"Role": "r", "Eta": "nan"}, "not of type Float"),
        ({"Role": "r", "Eta": "fast"}, "not of type Float"),
        ({"Role": "r", "Fast": "1"}, "not of type Boolean"),
        ({"Role": "r", "Set": "Lab"}, "not one of playground, lab"),
    ],
)
def test_wrong_value_is_refused_by_name(values, reason):
    with pytest.raises(AwsError, match=reason) as refused:
        parameter_values(DECLARED, given(**values))
    assert refused.value.code == "ValidationException"


def test_parameter_assigned_twice_is_refused():
    with pytest.raises(AwsError, match="assigned twice"):
        parameter_values(DECLARED, [*given(Role="a"), *given(Role="b")])


@pytest.mark.parametrize(
    "node",
    [
        parameter("A", "Number"),
        parameter("a b"),
        parameter("A", "Integer", 1.5),
        parameter("A", "Integer", True),
        parameter("A", "Float", "1"),
        parameter("A", "String", 1),
        parameter("A", "String", "c", EnumValues=["a", "b"]),
        parameter("A", Minimum=1),
        "A",
    ],
)
def test_ill_formed_declaration_is_refused(node):
    with pytest.raises(DefinitionError):
        parse_parameters([node])


def test_duplicate_parameter_name_is_refused():
    with pytest.raises(DefinitionError, match="two parameters are named 'A'"):
        parse_parameters([parameter("A"), parameter("A", "Integer")])


def test_listings_write_values_as_text():
    assert [value_text(value) for value in ("a", 3, 0.2, True)] == ["a", "3", "0.2", "true"]
