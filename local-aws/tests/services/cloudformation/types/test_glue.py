"""Databases, tables, jobs, crawlers, workflows and triggers."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/glue"
COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://code/script.py"}


@pytest.fixture(scope="module", autouse=True)
def role(server) -> None:
    from tests.services.cloudformation.types.conftest import Resource
    from tests.services.cloudformation.types.documents import trust

    Resource(server.context, "AWS::IAM::Role").create(RoleName="glue", AssumeRolePolicyDocument=trust("glue"))


def test_database_and_table_are_created_updated_and_deleted(server, resource) -> None:
    glue, database, table = server.client("glue"), resource("AWS::Glue::Database"), resource("AWS::Glue::Table")
    database.create(CatalogId=ACCOUNT, DatabaseInput={"Name": "lab", "Description": "first"})
    database.update(CatalogId=ACCOUNT, DatabaseInput={"Name": "lab", "Description": "second"})
    assert glue.get_database(Name="lab")["Database"]["Description"] == "second"

    place = {"CatalogId": ACCOUNT, "DatabaseName": "lab"}
    columns = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://bucket/t/"}
    table.create(**place, TableInput={"Name": "t", "StorageDescriptor": columns})
    table.update(**place, TableInput={"Name": "t", "StorageDescriptor": columns, "Parameters": {"rows": 1}})
    assert glue.get_table(DatabaseName="lab", Name="t")["Table"]["Parameters"] == {"rows": "1"}
    table.delete()
    assert glue.get_tables(DatabaseName="lab")["TableList"] == []
    database.delete()
    with pytest.raises(ClientError, match="EntityNotFound"):
        glue.get_database(Name="lab")


def test_other_catalog_and_resource_links_are_refused(resource) -> None:
    with pytest.raises(AwsError, match="CatalogId"):
        resource("AWS::Glue::Database").create(CatalogId="1", DatabaseInput={"Name": "lab"})
    with pytest.raises(AwsError, match="TargetDatabase"):
        resource("AWS::Glue::Database").create(CatalogId=ACCOUNT, DatabaseInput={"TargetDatabase": {}})


def test_job_is_created_updated_and_deleted(server, resource) -> None:
    glue, job = server.client("glue"), resource("AWS::Glue::Job")
    job.create(
        Name="job",
        Role=ROLE,
        Command=COMMAND,
        GlueVersion="5.1",
        Timeout="10",
        DefaultArguments={"--year": 2016},
        Tags={"a": "b"},
    )
    found = glue.get_job(JobName="job")["Job"]
    assert (found["Timeout"], found["DefaultArguments"]) == (10, {"--year": "2016"})
    job.update(Name="job", Role=ROLE, Command=COMMAND, GlueVersion="5.1", Description="changed", Tags={"c": "d"})
    found = glue.get_job(JobName="job")["Job"]
    assert (found["Description"], found["Timeout"], found["DefaultArguments"]) == ("changed", 480, {})
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:job/job")["Tags"] == {"c": "d"}
    job.delete()
    assert glue.list_jobs()["JobNames"] == []


def test_job_with_unsupported_property_is_refused(resource) -> None:
    with pytest.raises(AwsError, match="MaintenanceDay of AWS::Glue::Job"):
        resource("AWS::Glue::Job").create(Role=ROLE, Command=COMMAND, MaintenanceDay="Sun")


def test_crawler_is_created_updated_and_deleted(server, resource) -> None:
    glue, crawler = server.client("glue"), resource("AWS::Glue::Crawler")
    definition = {
        "Name": "crawler",
        "Role": ROLE,
        "DatabaseName": "lab",
        "Targets": {"S3Targets": [{"Path": "s3://bucket/a/"}]},
    }
    crawler.create(**definition, TablePrefix="p_", Description="first", Tags={"a": "b"})
    assert glue.get_crawler(Name="crawler")["Crawler"]["TablePrefix"] == "p_"
    crawler.update(**(definition | {"Targets": {"S3Targets": [{"Path": "s3://bucket/b/"}]}}))
    found = glue.get_crawler(Name="crawler")["Crawler"]
    assert (found["TablePrefix"], found["Description"]) == ("", "")
    assert found["Targets"]["S3Targets"][0]["Path"] == "s3://bucket/b/"
    assert glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/crawler")["Tags"] == {}
    crawler.delete()
    assert glue.list_crawlers()["CrawlerNames"] == []
