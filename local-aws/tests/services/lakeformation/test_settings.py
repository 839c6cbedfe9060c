"""Lake Formation's settings are those of an account that leaves its catalog to IAM."""

from __future__ import annotations

from pathlib import Path

from local_aws.services import lakeformation
from tests.conftest import running


def test_new_databases_and_tables_are_left_to_iam(tmp_path: Path) -> None:
    with running(tmp_path, (lakeformation.build,)) as server:
        settings = server.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]

    for member in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        (entry,) = settings[member]
        assert entry["Principal"]["DataLakePrincipalIdentifier"] == "IAM_ALLOWED_PRINCIPALS"
        assert entry["Permissions"] == ["ALL"]
