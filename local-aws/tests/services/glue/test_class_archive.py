"""The class archive: where it lies, when it is used, which Java makes one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import local_aws
from local_aws.services.glue.class_archive import class_archive
from local_aws.services.glue.java import Java
from local_aws.services.glue.make_class_archive import ClassArchiveError, make_class_archive


def test_an_archive_that_was_not_made_adds_no_options(tmp_path: Path) -> None:
    archive = class_archive(Java(Path("/java"), "17.0.9"), tmp_path)

    assert archive.launcher_options() == ()
    assert archive.driver_options() == ()


def test_an_archive_that_was_made_is_mapped_in_two_layers(tmp_path: Path) -> None:
    archive = class_archive(Java(Path("/java"), "17.0.9"), tmp_path)
    archive.folder.mkdir()
    archive.base.touch()
    assert archive.driver_options() == ()

    archive.spark.touch()

    assert archive.driver_options()[0] == f"-XX:SharedArchiveFile={archive.base}:{archive.spark}"
    assert archive.launcher_options()[0] == f"-XX:SharedArchiveFile={archive.base}"


def test_a_path_with_a_space_is_kept_from_sparks_shell_script(tmp_path: Path) -> None:
    archive = class_archive(Java(Path("/java"), "17.0.9"), tmp_path / "a folder")
    archive.folder.mkdir(parents=True)
    archive.base.touch()
    archive.spark.touch()

    assert archive.launcher_options() == ()
    assert archive.driver_options()


def test_each_java_has_its_own_archive(tmp_path: Path) -> None:
    archives = {
        class_archive(Java(Path(home), version), tmp_path).folder
        for home, version in (("/java", "17.0.9"), ("/java", "17.0.15"), ("/other", "17.0.9"))
    }

    assert len(archives) == 3


def test_a_java_without_layered_archives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassArchiveError, match=r"Java 11\.0\.2 in /java makes no such archives"):
        make_class_archive(Java(Path("/java"), "11.0.2"), tmp_path)


def test_a_failing_java_is_reported_with_what_it_said(tmp_path: Path) -> None:
    program = tmp_path / "java" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'no space left'; exit 3\n")
    program.chmod(0o755)

    with pytest.raises(ClassArchiveError, match=r"ended with 3: no space left"):
        make_class_archive(Java(tmp_path / "java", "17.0.9"), tmp_path / "archives")


def test_it_is_made_before_any_package_but_spark_and_a_java_is_installed() -> None:
    module = "local_aws.services.glue.make_class_archive"
    code = f"import sys; sys.path.insert(0, {str(Path(local_aws.__file__).parents[1])!r}); import {module}"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
