"""The settings that Spark is started with."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import pytest

from local_aws.kernel.limits import MB, Limits
from local_aws.services.glue.class_archive import ClassArchive
from local_aws.services.glue.java import Java
from local_aws.services.glue.spark_environment import SparkFolders, heap_mb, spark_environment


@pytest.fixture
def folders(tmp_path: Path) -> SparkFolders:
    return SparkFolders(tmp_path / "job folder" / "spark")


def written(folders: SparkFolders, tmp_path: Path, **settings: str) -> tuple[dict[str, str], dict[str, str]]:
    environment = spark_environment(
        folders,
        {"raw-bucket": tmp_path / "raw bucket", "dotted.bucket": tmp_path / "dotted.bucket"},
        Java(Path("/java"), "17.0.9"),
        ClassArchive(tmp_path / "archive"),
        3000,
        settings,
    )
    lines = folders.properties.read_text().splitlines()
    return environment, dict(line.split(" ", 1) for line in lines)


def test_each_bucket_is_mounted_on_its_folder(folders: SparkFolders, tmp_path: Path) -> None:
    _, properties = written(folders, tmp_path)

    mount = "spark.hadoop.fs.viewfs.mounttable"
    assert properties[f"{mount}.raw-bucket.linkFallback"] == f"file://{tmp_path}/raw%20bucket"
    assert properties[f"{mount}.dotted.bucket.linkFallback"] == f"file://{tmp_path}/dotted.bucket"


def test_nothing_is_kept_outside_the_job_folder(folders: SparkFolders, tmp_path: Path) -> None:
    environment, properties = written(folders, tmp_path)

    root = str(folders.root)
    assert environment["SPARK_LOCAL_DIRS"].startswith(root)
    assert properties["spark.sql.warehouse.dir"] == f"file://{root}/warehouse"
    assert properties["spark.jars.ivy"].startswith(root)
    options = shlex.split(properties["spark.driver.extraJavaOptions"])
    assert f"-Dderby.system.home={root}/derby" in options
    assert f"-Djava.io.tmpdir={root}" in options
    assert properties["spark.driver.bindAddress"] == environment["SPARK_LOCAL_IP"] == "127.0.0.1"


def test_pyspark_is_led_to_the_settings(folders: SparkFolders, tmp_path: Path) -> None:
    environment, _ = written(folders, tmp_path)

    assert shlex.split(environment["PYSPARK_SUBMIT_ARGS"]) == [
        "--properties-file",
        str(folders.properties),
        "pyspark-shell",
    ]
    assert environment["JAVA_HOME"] == "/java"


def test_the_jobs_own_settings_win_and_jvm_options_add_up(folders: SparkFolders, tmp_path: Path) -> None:
    own = {"spark.sql.shuffle.partitions": "9", "spark.driver.extraJavaOptions": "-Dmine=1"}

    _, properties = written(folders, tmp_path, **own)

    assert properties["spark.sql.shuffle.partitions"] == "9"
    options = shlex.split(properties["spark.driver.extraJavaOptions"])
    assert {"-XX:+UseSerialGC", "-Dmine=1"} <= set(options)


def test_values_survive_javas_properties_format(folders: SparkFolders, tmp_path: Path) -> None:
    _, properties = written(folders, tmp_path, **{"spark.my.pattern": r"a\d"})

    assert properties["spark.my.pattern"] == r"a\\d"


def test_heap_is_given_unless_the_job_sets_its_own(folders: SparkFolders, tmp_path: Path) -> None:
    assert written(folders, tmp_path)[1]["spark.driver.memory"] == "3000m"
    own = written(folders, tmp_path, **{"spark.driver.memory": "700m", "spark.authenticate": "false"})[1]
    assert own["spark.authenticate"] == "true"
    assert own["spark.driver.memory"] == "700m"
    assert "-XX:+ExitOnOutOfMemoryError" in shlex.split(own["spark.driver.extraJavaOptions"])


@pytest.mark.parametrize(
    ("job", "run", "job_memory_gb", "heap"),
    [
        ({}, {}, 100, 10 * 1024),
        ({"WorkerType": "G.025X"}, {}, 100, 1024),
        ({"WorkerType": "G.1X"}, {"WorkerType": "G.2X"}, 100, 20 * 1024),
        ({"WorkerType": "G.2X"}, {}, 6, 4 * 1024),
        ({"WorkerType": "X.new"}, {}, 100, 10 * 1024),
        ({}, {}, 0.5, 512),
    ],
)
def test_heap_is_the_workers_within_what_jobs_may_use(
    job: dict[str, str], run: dict[str, str], job_memory_gb: float, heap: int, tmp_path: Path
) -> None:
    limits = dataclasses.replace(Limits.of_machine(tmp_path, {}), job_memory=int(job_memory_gb * 1024) * MB)
    assert heap_mb(job, run, limits) == heap
