"""Each member of each request has an effect here, asks for what is so anyway, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session

from local_aws.kernel.errors import AwsError
from local_aws.services.s3.operations import HONOURED, contract

MODEL = get_session().get_service_model("s3")
VALUES: dict[str, Any] = {"boolean": True, "integer": 7, "long": 7, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}
ALWAYS = {"Bucket", "ExpectedBucketOwner"}
ASKS_FOR_NOTHING = {"BypassGovernanceRetention"}
"""What S3 too does nothing about where no object is locked."""


def members(operation: str) -> dict[str, Any]:
    return dict(MODEL.operation_model(operation).input_shape.members)


def test_the_table_names_real_members_of_the_operations_that_are_done(server: Any) -> None:
    for operation, honoured in HONOURED.items():
        assert {path.partition(".")[0] for path in honoured.split()} <= members(operation).keys(), operation
        assert ("s3", operation) in server.server.front.owned()


@pytest.mark.parametrize("operation", HONOURED)
def test_every_other_member_is_refused(operation: str) -> None:
    served = contract({operation: lambda _request: {}})["s3", operation]
    honoured = {path.partition(".")[0] for path in HONOURED[operation].split()}
    for name, shape in members(operation).items():
        if name in ALWAYS | ASKS_FOR_NOTHING or name in honoured:
            continue
        with pytest.raises(AwsError) as caught:
            served.serve(operation, {name: VALUES.get(shape.type_name, "something")})
        assert caught.value.code in (
            *("AccessControlListNotSupported", "InvalidArgument", "InvalidRequest", "NotImplemented"),
        ), name
