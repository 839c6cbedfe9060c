"""Settings of buckets outlive the server, and rules are acted on when it starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from local_aws.services import s3 as s3_service
from tests.services.s3.test_bucket_settings import policy
from tests.services.s3.test_lifecycle import bucket_with


def test_settings_survive_a_restart(tmp_path: Path, run_server) -> None:
    with run_server(tmp_path, (s3_service.build,)) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="lasting")
        s3.put_bucket_policy(Bucket="lasting", Policy=policy("lasting"))
    with run_server(tmp_path, (s3_service.build,)) as server:
        assert server.client("s3").get_bucket_policy(Bucket="lasting")["Policy"] == policy("lasting")


def test_a_server_sweeps_when_it_starts(tmp_path: Path, run_server) -> None:
    past = {"Filter": {"Prefix": ""}, "Expiration": {"Date": datetime(2020, 1, 1, tzinfo=UTC)}}
    with run_server(tmp_path, (s3_service.build,)) as server:
        bucket_with(server, "swept", past)
        server.client("s3").put_object(Bucket="swept", Key="k", Body=b"1")
    with run_server(tmp_path, (s3_service.build,)) as server:
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while "Contents" in server.client("s3").list_objects_v2(Bucket="swept"):
            assert datetime.now(UTC) < deadline, "the object was not removed"
