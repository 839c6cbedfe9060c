from datetime import timedelta

import pytest

from local_aws.services.sagemaker.pipelines.cache import cache_key
from local_aws.services.sagemaker.pipelines.definition import parse_cache_config, parse_duration
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P30D", timedelta(days=30)),
        ("30d", timedelta(days=30)),
        ("p30d", timedelta(days=30)),
        ("5y", timedelta(days=1825)),
        ("P2M", timedelta(days=60)),
        ("P1W", timedelta(days=7)),
        ("T16m", timedelta(minutes=16)),
        ("PT16M", timedelta(minutes=16)),
        ("30dT5h", timedelta(days=30, hours=5)),
        ("P4DT12H", timedelta(days=4, hours=12)),
    ],
)
def test_durations_are_read_as_aws_writes_them(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "30", "a day", "PT5D", "-P1D", "P1.5D"])
def test_other_text_than_a_duration_is_refused(text):
    with pytest.raises(DefinitionError, match="ISO 8601"):
        parse_duration(text)


def test_configuration_limits_the_age_of_a_reused_run():
    assert parse_cache_config({"Enabled": True, "ExpireAfter": "P1D"}) == timedelta(days=1)
    assert parse_cache_config({"Enabled": False, "ExpireAfter": "P1D"}) is None


@pytest.mark.parametrize("node", [{"Enabled": True}, {"Enabled": "yes"}, {"Enabled": True, "Expire": "P1D"}, "P1D"])
def test_ill_formed_configuration_is_refused(node):
    with pytest.raises(DefinitionError):
        parse_cache_config(node)


def test_key_depends_on_the_named_arguments_only():
    attributes = ("AppSpecification", "Config.Mode")
    arguments = {"AppSpecification": {"a": 1, "b": 2}, "Config": {"Mode": "x", "Other": 1}, "RoleArn": "r"}
    key = cache_key("Processing", attributes, arguments)
    same = {"Config": {"Other": 2, "Mode": "x"}, "AppSpecification": {"b": 2, "a": 1}, "RoleArn": "s"}
    assert cache_key("Processing", attributes, same) == key
    assert cache_key("Training", attributes, arguments) != key
    assert cache_key("Processing", attributes, {**arguments, "Config": {"Mode": "y"}}) != key
    assert cache_key("Processing", attributes, {"AppSpecification": {"a": 1, "b": 2}}) != key


def test_steps_are_cached_of_the_types_whose_sdk_class_takes_a_configuration():
    cached = {name for name, step_type in STEP_TYPES.items() if step_type.cache_attributes}
    assert cached == {
        *("Processing", "Training", "Tuning", "Transform", "AutoML", "Lambda", "Callback"),
        *("QualityCheck", "ClarifyCheck", "EndpointConfig", "Endpoint"),
    }
