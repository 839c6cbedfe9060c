"""Properties take the form of the operation, and what it does not take is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.types.fitting import fitted


def test_names_scalars_and_documents_fit() -> None:
    members = {"Name": "p", "Source": {"Type": "GITHUB", "BuildSpec": {"version": 0.2}}, "TimeoutInMinutes": "5"}
    assert fitted("codebuild", "UpdateProject", members, "T") == {
        "name": "p",
        "source": {"type": "GITHUB", "buildspec": '{"version": 0.2}'},
        "timeoutInMinutes": 5,
    }
    period = {"AccountId": 123, "NewBudget": {"TimePeriod": {"Start": "2026-01-01T00:00:00Z"}}}
    assert fitted("budgets", "UpdateBudget", period, "T") == {
        "AccountId": "123",
        "NewBudget": {"TimePeriod": {"Start": datetime(2026, 1, 1, tzinfo=UTC)}},
    }


def test_unknown_properties_are_named_by_their_path(resource) -> None:
    with pytest.raises(AwsError, match=r"Command\.Shell of AWS::Glue::Job"):
        fitted("glue", "CreateJob", {"Command": {"Shell": "sh"}}, "AWS::Glue::Job")
    with pytest.raises(AwsError, match="Bars, Foos of AWS::Logs::LogGroup"):
        resource("AWS::Logs::LogGroup").create(LogGroupName="refused", Foos=2, Bars=3)


def test_text_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(AwsError, match="Timeout of T must be of type integer, not 'long'"):
        fitted("glue", "CreateJob", {"Timeout": "long"}, "T")
