"""What ``playgrounds deploy`` says of the changes that it is about to make."""

from __future__ import annotations

import io

from console.deploy import _show
from console.progress import Progress
from infrastructure.change_sets import Change, ChangeSet


def shown(*changes: Change) -> list[str]:
    stream = io.StringIO()
    _show(ChangeSet("playgrounds", "arn", "id", changes), Progress(stream))
    return [line.strip() for line in stream.getvalue().splitlines()]


def test_resources_are_listed_by_kind_of_change():
    bucket = Change("Modify", "RawData", "AWS::S3::Bucket", replacement=True)
    head, line = shown(bucket)
    assert head.endswith("1 change")
    assert line.split() == ["Replace", "AWS::S3::Bucket", "RawData"]


def test_change_of_outputs_alone_is_said():
    (line,) = shown()
    assert line.endswith("outputs change")
