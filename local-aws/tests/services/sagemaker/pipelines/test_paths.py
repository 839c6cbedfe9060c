import pytest

from local_aws.services.sagemaker.pipelines.errors import NoValueError
from local_aws.services.sagemaker.pipelines.paths import look_up, parse_path, render_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("accuracy", ("accuracy",)),
        ("a.b['c'][0]", ("a", "b", "c", 0)),
        ('a["train:error"].Value', ("a", "train:error", "Value")),
        ("Environment['a.b']", ("Environment", "a.b")),
        ("$.a[1]", ("a", 1)),
        ("$['a']", ("a",)),
        ("Output[1]", ("Output", 1)),
        ("balanced-accuracy", ("balanced-accuracy",)),
    ],
)
def test_path_is_split_into_members_and_indices(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", "$", ".a", "a..b", "a[*]", "a[?(@.b)]", "a[0:2]", "a['b", "a[b]"])
def test_other_text_than_a_path_is_refused(text):
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


def test_name_selects_the_list_element_of_that_name():
    outputs = {"Outputs": [{"OutputName": "train", "Uri": "s3://a"}, {"OutputName": "test", "Uri": "s3://b"}]}
    assert look_up(outputs, ("Outputs", "test", "Uri"), "step X") == "s3://b"


@pytest.mark.parametrize("path", [("a", "c"), ("a", "b", 2), ("a", "b", 0, "x"), ("n",), ("a", "b", "named")])
def test_path_without_a_value_is_named_up_to_its_end(path):
    with pytest.raises(NoValueError, match="the file has no value at"):
        look_up({"a": {"b": [1, 2]}, "n": None}, path, "the file")


def test_false_and_zero_are_values():
    assert look_up({"a": [0, False, ""]}, ("a", 0), "x") == 0
    assert look_up({"a": [0, False, ""]}, ("a", 1), "x") is False
    assert look_up({"a": [0, False, ""]}, ("a", 2), "x") == ""


def test_path_is_written_as_it_is_read():
    assert render_path(("a", "b", 0, "c")) == "a.b[0].c"
