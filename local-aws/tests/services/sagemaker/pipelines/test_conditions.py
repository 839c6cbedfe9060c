import pytest

from local_aws.services.sagemaker.pipelines.conditions import check_condition, evaluate
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, NoValueError
from tests.services.sagemaker.pipelines.definitions import compare

TRUE, FALSE = compare("Equals", 1, 1), compare("Equals", 1, 2)


def is_in(value, *values):
    return {"Type": "In", "QueryValue": value, "Values": list(values)}


def negated(condition):
    return {"Type": "Not", "Condition": condition}


def either(*conditions):
    return {"Type": "Or", "Conditions": list(conditions)}


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (compare("Equals", "Approved", "Approved"), True),
        (compare("Equals", "Approved", "approved"), False),
        (compare("Equals", True, True), True),
        (compare("Equals", 1, 1.0), True),
        (compare("GreaterThan", 0.9, 0.8), True),
        (compare("GreaterThan", 0.8, 0.8), False),
        (compare("GreaterThanOrEqualTo", 0.8, 0.8), True),
        (compare("GreaterThanOrEqualTo", 0.79, 0.8), False),
        (compare("LessThan", 1, 2), True),
        (compare("LessThan", 2, 2), False),
        (compare("LessThanOrEqualTo", 2, 2), True),
        (compare("LessThanOrEqualTo", 2.5, 2), False),
        (compare("GreaterThan", "2026-01-02T00:00:00.000Z", "2026-01-01T00:00:00.000Z"), True),
        (is_in("b", "a", "b"), True),
        (is_in("c", "a", "b"), False),
        (negated(TRUE), False),
        (negated(either(FALSE, FALSE)), True),
        (either(FALSE, TRUE), True),
        (either(FALSE, negated(TRUE)), False),
    ],
)
def test_condition_holds_or_does_not(condition, outcome):
    check_condition(condition)
    assert evaluate([condition]) is outcome


def test_all_conditions_of_a_step_must_hold():
    assert evaluate([TRUE, TRUE]) is True
    assert evaluate([TRUE, FALSE]) is False


@pytest.mark.parametrize(
    "condition",
    [
        compare("Equals", "1", 1),
        compare("Equals", True, 1),
        compare("GreaterThan", "0.9", 0.8),
        compare("GreaterThan", True, False),
        compare("GreaterThan", float("nan"), 0.8),
        compare("Equals", ["a"], ["a"]),
        is_in("1", 1, 2),
        either(TRUE, compare("Equals", "1", 1)),
        negated(compare("LessThan", {}, 1)),
    ],
)
def test_values_that_cannot_be_compared_raise_an_error(condition):
    check_condition(condition)
    with pytest.raises(NoValueError):
        evaluate([condition])


@pytest.mark.parametrize(
    "condition",
    [
        "a",
        {"Type": "And", "Conditions": [TRUE]},
        {"Type": "Equals", "LeftValue": 1},
        {"Type": "Not", "Expression": TRUE},
        {"Type": "Or", "Conditions": []},
        {"Type": "In", "QueryValue": 1, "Values": 1},
        either({"Type": "Never"}),
    ],
)
def test_ill_formed_condition_is_refused(condition):
    with pytest.raises(DefinitionError):
        check_condition(condition)
