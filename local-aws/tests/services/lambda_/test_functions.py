"""Functions as records and packages: what is kept, what is refused."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.conftest import ROLE, Bench, zip_of

ECHO = "def handler(event, context):\n    return event"


def refused(call, **request) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def create_request(name: str, **members) -> dict:
    code = {"ZipFile": zip_of({"app.py": ECHO})}
    return {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": code,
        **members,
    }


def test_function_is_described_as_it_was_created(bench: Bench):
    created = bench.create("described", ECHO, Timeout=7, Environment={"Variables": {"A": "1"}}, Tags={"team": "ml"})
    configuration = bench.client.get_function_configuration(FunctionName="described")
    function = bench.client.get_function(FunctionName=created["FunctionArn"])
    for answer in (created, configuration, function["Configuration"]):
        assert answer["FunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:described"
        assert (answer["State"], answer["LastUpdateStatus"], answer["Version"]) == ("Active", "Successful", "$LATEST")
        assert (answer["Timeout"], answer["MemorySize"]) == (7, 128)
        assert answer["Environment"] == {"Variables": {"A": "1"}}
    assert function["Tags"] == {"team": "ml"}
    content = zip_of({"app.py": ECHO})
    assert created["CodeSize"] == len(content)


def test_functions_are_listed_in_pages_with_their_only_version(bench: Bench):
    for name in ("listed-a", "listed-b"):
        bench.create(name, ECHO)
    pages = bench.client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert {"listed-a", "listed-b"} <= set(names)
    assert len(names) == len(set(names))
    [version] = bench.client.list_versions_by_function(FunctionName="listed-a")["Versions"]
    assert version["FunctionArn"].endswith(":function:listed-a:$LATEST")


def test_account_settings_tell_what_reservations_leave(bench: Bench):
    before = bench.client.get_account_settings()
    bench.create("counted", ECHO)
    bench.client.put_function_concurrency(FunctionName="counted", ReservedConcurrentExecutions=7)

    after = bench.client.get_account_settings()
    assert after["AccountLimit"]["ConcurrentExecutions"] == 1000
    unreserved = [each["AccountLimit"]["UnreservedConcurrentExecutions"] for each in (before, after)]
    assert unreserved[1] == unreserved[0] - 7
    assert after["AccountUsage"]["FunctionCount"] == before["AccountUsage"]["FunctionCount"] + 1
    bench.client.delete_function(FunctionName="counted")


def test_code_is_read_from_s3_and_replaced_by_an_update(bench: Bench):
    s3 = bench.server.client("s3")
    s3.create_bucket(Bucket="lambda-code")
    package = zip_of({"app.py": ECHO})
    s3.put_object(Bucket="lambda-code", Key="code.zip", Body=package)
    created = bench.client.create_function(
        **create_request("from-s3", Code={"S3Bucket": "lambda-code", "S3Key": "code.zip"})
    )
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert bench.invoke("from-s3", "hello")[1] == "hello"
    newer = zip_of({"app.py": ECHO.replace("event\n", "event\n").replace("return event", "return 'newer'")})
    updated = bench.client.update_function_code(FunctionName="from-s3", ZipFile=newer)
    assert updated["RevisionId"] != created["RevisionId"]
    assert bench.invoke("from-s3", "hello")[1] == "newer"
    packages = bench.server.context.settings.data_dir / "lambda" / "from-s3"
    assert len(list(packages.iterdir())) == 1


def test_configuration_is_changed_and_stale_revisions_are_refused(bench: Bench):
    created = bench.create("changed", ECHO)
    updated = bench.client.update_function_configuration(
        FunctionName="changed", Timeout=9, Description="new", RevisionId=created["RevisionId"]
    )
    assert (updated["Timeout"], updated["Description"], updated["Handler"]) == (9, "new", "app.handler")
    code, _ = refused(
        bench.client.update_function_configuration,
        FunctionName="changed",
        Timeout=3,
        RevisionId=created["RevisionId"],
    )
    assert code == "PreconditionFailedException"


def test_deleted_function_takes_its_code_with_it(bench: Bench):
    bench.create("deleted", ECHO)
    bench.client.delete_function(FunctionName="deleted")
    for call in (bench.client.get_function, bench.client.delete_function, bench.client.invoke):
        assert refused(call, FunctionName="deleted")[0] == "ResourceNotFoundException"
    assert not (bench.server.context.settings.data_dir / "lambda" / "deleted").exists()
    bench.create("deleted", ECHO)


def test_taken_function_name_is_refused(bench: Bench):
    bench.create("taken", ECHO)
    assert refused(bench.client.create_function, **create_request("taken")) == (
        "ResourceConflictException",
        "Function already exist: taken",
    )


def test_versions_and_aliases_are_not_found(bench: Bench):
    arn = bench.create("unversioned", ECHO)["FunctionArn"]
    assert bench.client.get_function(FunctionName="unversioned:$LATEST")["Configuration"]["FunctionArn"] == arn
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    for name, word in (("unversioned:1", ":1"), (f"{arn}:live", ":live"), (elsewhere, "not reachable in this region")):
        code, message = refused(bench.client.get_function, FunctionName=name)
        assert (code, word in message) == ("ResourceNotFoundException", True)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"Runtime": "nodejs22.x"}, "nodejs22.x"),
        ({"PackageType": "Image"}, "PackageType"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]}, "Layers"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "VpcConfig"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}}, "DeadLetterConfig"),
        ({"TracingConfig": {"Mode": "Active"}}, "TracingConfig"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        ({"LoggingConfig": {"LogFormat": "JSON"}}, "JSON"),
        ({"Publish": True}, "Publish"),
        ({"Timeout": 901}, "Timeout"),
        ({"MemorySize": 20_000}, "MemorySize"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "AWS_REGION"),
        ({"Environment": {"Variables": {"A": "x" * 5000}}}, "exceeded the 4KB limit"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip"),
        ({"Code": {"ZipFile": zip_of({"../out.py": ECHO})}}, "../out.py"),
        ({"Code": {"ZipFile": zip_of({"/out.py": ECHO})}}, "/out.py"),
        ({"Code": {"ZipFile": zip_of({})}}, "non-empty"),
        ({"Code": {"S3Bucket": "no-such-bucket", "S3Key": "k"}}, "S3 Error Code: NoSuchBucket"),
        ({"Code": {}}, "source for function code"),
    ],
)
def test_unsupported_configuration_is_refused_by_name(bench: Bench, members, named):
    code, message = refused(bench.client.create_function, **create_request("refused", **members))
    assert (code, named in message) == ("InvalidParameterValueException", True), message


def test_package_that_unpacks_to_too_much_is_refused(bench: Bench):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package, package.open("big", "w") as member:
        for _ in range(251):
            member.write(b"\0" * 1024 * 1024)
    code, message = refused(bench.client.create_function, **create_request("big", Code={"ZipFile": buffer.getvalue()}))
    assert (code, "Unzipped size" in message) == ("InvalidParameterValueException", True)


def test_tags_are_changed_by_arn(bench: Bench):
    arn = bench.create("tagged", ECHO, Tags={"a": "1"})["FunctionArn"]
    bench.client.tag_resource(Resource=arn, Tags={"b": "2"})
    bench.client.untag_resource(Resource=arn, TagKeys=["a", "none"])
    revision = bench.client.get_function_configuration(FunctionName="tagged")["RevisionId"]
    assert bench.client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert bench.client.get_function_configuration(FunctionName="tagged")["RevisionId"] == revision


def test_concurrent_creations_leave_one_function_with_its_code(bench: Bench):
    def create(number: int) -> str:
        try:
            bench.create("contested", f"def handler(event, context):\n    return {number}")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return str(number)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(create, range(6)))
    (winner,) = [answer for answer in answers if answer != "ResourceConflictException"]
    assert bench.invoke("contested")[1] == int(winner)


def test_concurrent_code_updates_leave_the_last_one(bench: Bench):
    bench.create("raced", ECHO)

    def update(number: int) -> None:
        source = f"def handler(event, context):\n    return {number}"
        bench.client.update_function_code(FunctionName="raced", ZipFile=zip_of({"app.py": source}))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(update, range(12)))
    assert bench.invoke("raced")[1] in range(12)
