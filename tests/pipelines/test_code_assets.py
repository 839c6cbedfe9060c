"""Code assets: keys from names and contents alone, uploads that complete each other."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from pipelines.code_assets import (
    LAMBDA_ARCHIVE,
    PROJECT_ROOT,
    CodeAsset,
    UnknownCodeError,
    archive_asset,
    folder_asset,
    lambda_code,
    project_assets,
    read_folder,
    referenced_assets,
)
from pipelines.code_uploads import upload_missing

BUCKET = "playgrounds-models"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of code with things around it that are no code."""
    folder = tmp_path / "source"
    files = {
        "train.py": "print('training')\n",
        "lib/tables.py": "ROWS = 3\n",
        "__pycache__/train.cpython-311.pyc": "compiled",
        "lib/tables.pyc": "compiled",
        "tests/test_train.py": "assert True\n",
        ".idea/workspace.xml": "<xml/>",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 with an empty bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def _keys(s3: Any) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_folder_is_laid_out_as_a_container_wants_it(source):
    asset = folder_asset("code", source, under="processing")

    assert sorted(asset.objects) == ["processing/lib/tables.py", "processing/train.py"]
    assert asset.objects["processing/lib/tables.py"] == b"ROWS = 3\n"
    assert asset.uri(BUCKET) == f"s3://{BUCKET}/code/{asset.digest}/"


def _archive_of(name: str, source: Path) -> CodeAsset:
    return archive_asset(name, read_folder(name, source))


def test_archive_has_the_files_at_its_root(source):
    asset = _archive_of("code", source)

    assert asset.uri(BUCKET, "sourcedir.tar.gz") == f"s3://{BUCKET}/code/{asset.digest}/sourcedir.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(asset.objects["sourcedir.tar.gz"])) as archive:
        assert archive.getnames() == ["lib/tables.py", "train.py"]
        script = archive.extractfile("train.py")
        assert script and script.read() == b"print('training')\n"
        assert {(member.mtime, member.uid, member.mode) for member in archive} == {(0, 0, 0o644)}


@pytest.mark.parametrize("make_asset", [folder_asset, _archive_of])
def test_key_does_not_depend_on_times_modes_or_place(source, tmp_path, make_asset):
    before = make_asset("code", source)

    os.utime(source / "train.py", (1, 1))
    (source / "train.py").chmod(0o700)
    moved = source.rename(tmp_path / "elsewhere")

    assert make_asset("code", moved) == before


@pytest.mark.parametrize("make_asset", [folder_asset, _archive_of])
def test_key_changes_with_contents_and_names(source, make_asset):
    digests = {make_asset("code", source).digest}
    (source / "train.py").write_text("print('other')\n", encoding="utf-8")
    digests.add(make_asset("code", source).digest)
    (source / "train.py").rename(source / "main.py")
    digests.add(make_asset("code", source).digest)

    assert len(digests) == 3


def test_folder_without_code_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="code asset 'empty': no files in"):
        folder_asset("empty", tmp_path)


def test_missing_object_is_an_error(source):
    with pytest.raises(KeyError, match=r"no 'evaluate\.py'; it has lib/tables\.py, train\.py"):
        folder_asset("code", source).uri(BUCKET, "evaluate.py")


def test_project_has_the_objects_that_steps_and_jobs_refer_to():
    objects = {asset.name: asset.objects.keys() for asset in project_assets()}

    assert {"processing/engineer_features.py", "processing/feature_contract.py"} <= objects["processing"]
    assert objects["training"] == {"sourcedir.tar.gz"}
    assert {"prep_data_for_ml.py", "feeds.py"} <= objects["glue_scripts"]


def test_hyperparameters_travel_with_the_code_that_trains():
    processing, training, *others = project_assets()

    with tarfile.open(fileobj=io.BytesIO(training.objects["sourcedir.tar.gz"])) as archive:
        modules = ("__init__", "boosting", "checkpoints", "hyperparameters")
        assert archive.getnames() == ["train.py", *(f"training/{module}.py" for module in modules)]
    assert "training/hyperparameters.py" in processing.objects
    assert not any("hyperparameters" in path for asset in others for path in asset.objects)


@pytest.mark.parametrize(
    ("fact", "used_by"),
    [
        ("pipelines/endpoint_settings.py", set()),
        ("infrastructure/names.py", set()),
        ("training/hyperparameters.py", {"processing", "training"}),
        ("processing/feature_contract.py", {"processing"}),
        ("processing/table_columns.py", {"processing", "glue_scripts"}),
    ],
)
def test_editing_a_fact_changes_the_digests_of_the_assets_that_use_it(tmp_path, fact, used_by):
    before = {asset.name: asset.digest for asset in project_assets()}
    for package in ("glue_scripts", "infrastructure", "lambda_functions", "pipelines", "processing", "training"):
        shutil.copytree(PROJECT_ROOT / package, tmp_path / package)

    with (tmp_path / fact).open("a", encoding="utf-8") as file:
        file.write("# edited\n")

    assert {asset.name for asset in project_assets(tmp_path) if asset.digest != before[asset.name]} == used_by


def test_uploads_what_is_missing_once(s3, source):
    asset = folder_asset("code", source)

    assert upload_missing(s3, BUCKET, [asset]) == [f"{asset.prefix}lib/tables.py", f"{asset.prefix}train.py"]
    assert upload_missing(s3, BUCKET, [asset]) == []
    assert _keys(s3) == [f"{asset.prefix}lib/tables.py", f"{asset.prefix}train.py"]


def test_upload_of_another_deployment_meanwhile_is_a_success(s3, source):
    asset = folder_asset("code", source)
    key = f"{asset.prefix}train.py"

    def meanwhile(**_):
        s3.meta.events.unregister("before-send.s3.PutObject", meanwhile)
        s3.put_object(Bucket=BUCKET, Key=f"{asset.prefix}lib/tables.py", Body=b"ROWS = 3\n")

    s3.meta.events.register("before-send.s3.PutObject", meanwhile)

    assert upload_missing(s3, BUCKET, [asset]) == [key]


def test_upload_that_was_cut_short_is_completed(s3, source):
    asset = folder_asset("code", source)
    s3.put_object(Bucket=BUCKET, Key=f"{asset.prefix}lib/tables.py", Body=b"ROWS = 3\n")

    assert upload_missing(s3, BUCKET, [asset]) == [f"{asset.prefix}train.py"]


def test_missing_bucket_is_not_taken_for_a_missing_object(s3, source):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        upload_missing(s3, "no-such-bucket", [folder_asset("code", source)])


def test_definition_tells_which_assets_it_needs():
    used = CodeAsset("used", "a" * 64, {})
    unused = CodeAsset("unused", "b" * 64, {})
    definition = f'{{"S3Uri": "{used.uri("one")}", "Code": "s3://two/code/{"a" * 64}/x.tar.gz"}}'

    assert referenced_assets(definition, [unused, used]) == {"one": [used], "two": [used]}


def test_definition_of_other_code_is_refused():
    with pytest.raises(UnknownCodeError, match=f"s3://one/code/{'c' * 64}/"):
        referenced_assets(f'"s3://one/code/{"c" * 64}/"', [CodeAsset("used", "a" * 64, {})])


def test_zip_holds_the_package_and_is_the_same_at_every_build():
    asset = lambda_code()
    (archive,) = asset.objects.values()

    assert archive == lambda_code().objects[LAMBDA_ARCHIVE]
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        names = packed.namelist()
        assert (
            packed.read("lambda_functions/resolve_deployment.py")
            == (PROJECT_ROOT / "lambda_functions" / "resolve_deployment.py").read_bytes()
        )
    assert "lambda_functions/__init__.py" in names
    assert names == sorted(names)
