"""The sentence that a failed script's log comes down to."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.services.glue.script_run import error_message

PYTHON = """\
reading parks
Traceback (most recent call last):
  File "job.py", line 3, in <module>
    main()
    ^^^^^^
  File "job.py", line 2, in main
    raise ValueError("parks feed: no Prop_ID\\nuse another URL")
ValueError: parks feed: no Prop_ID
use another URL
"""
CHAINED = """\
Traceback (most recent call last):
  File "job.py", line 1, in <module>
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "job.py", line 2, in <module>
feeds.FeedError: parks feed is empty
"""
SPARK = (
    """\
Traceback (most recent call last):
  File "job.py", line 1, in <module>
py4j.protocol.Py4JJavaError: An error occurred while calling o154.json.
: java.io.IOException: Could not initialize target File System for URI : s3://nosuch/
"""
    + "\tat org.apache.hadoop.fs.FileSystem.exists(FileSystem.java:1760)\n" * 100
    + "\t... 50 more\n26/11/23 06:31:32 WARN ShutdownHookManager: something late\n"
)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        pytest.param(PYTHON, "ValueError: parks feed: no Prop_ID\nuse another URL", id="python"),
        pytest.param(CHAINED, "feeds.FeedError: parks feed is empty", id="chained"),
        pytest.param(
            SPARK,
            "py4j.protocol.Py4JJavaError: An error occurred while calling o154.json.\n"
            ": java.io.IOException: Could not initialize target File System for URI : s3://nosuch/",
            id="spark",
        ),
        pytest.param(
            "reading\nparks feed: HTTP 404; check --PARKS_URL\n", "parks feed: HTTP 404; check --PARKS_URL", id="exit"
        ),
        pytest.param("", "", id="empty"),
    ],
)
def test_error_message(tmp_path: Path, log: str, message: str) -> None:
    file = tmp_path / "log.txt"
    file.write_text(log)

    assert error_message(file) == message


def test_a_message_is_cut_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    file.write_text("x" * 5000)

    assert error_message(file, limit=100) == "x" * 100


def test_jvm_out_of_memory_comes_before_the_broken_connection(tmp_path: Path) -> None:
    """The JVM's word is long past when the script ends."""
    log = tmp_path / "log.txt"
    log.write_text(
        'Exception in thread "x" java.lang.OutOfMemoryError: Java heap space\n'
        + "WARN BlockManager: retrying\n" * 20_000
        + "Traceback (most recent call last):\n"
        '  File "job.py", line 3, in <module>\n'
        "ConnectionRefusedError: [Errno 111] Connection refused\n"
    )
    message = error_message(log)
    assert message.startswith("java.lang.OutOfMemoryError: Java heap space. Spark's heap is full: ")
    assert message.endswith("The script's own error: ConnectionRefusedError: [Errno 111] Connection refused")


def test_other_errors_keep_their_words_after_a_survived_shortage(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("java.lang.OutOfMemoryError: Java heap space\n" + PYTHON)
    assert error_message(log) == "ValueError: parks feed: no Prop_ID\nuse another URL"
