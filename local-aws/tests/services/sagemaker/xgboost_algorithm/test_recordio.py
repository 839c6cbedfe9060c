"""The record format of SageMaker's algorithms, as protobuf writes it, and records that are damaged."""

from __future__ import annotations

import struct
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.xgboost_algorithm.recordio import read_rows

_FEATURES = np.array([[1.5, 0.0, -2.0], [0.0, 3.25, 4.0]])
_LABELS = np.array([1.0, 0.0])


def _record_class() -> Any:
    """Return the published ``Record`` message, as Google's library has it."""
    if find_spec("google") is None or find_spec("google.protobuf") is None:
        pytest.skip("protobuf is the referee")
    descriptor_pb2, descriptor_pool, message_factory = (
        import_module(f"google.protobuf.{name}") for name in ("descriptor_pb2", "descriptor_pool", "message_factory")
    )

    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="record_of_tests.proto", package="tests.record", syntax="proto2")
    numbers = (
        ("Float32Tensor", kind.TYPE_FLOAT),
        ("Float64Tensor", kind.TYPE_DOUBLE),
        ("Int32Tensor", kind.TYPE_INT32),
    )
    for name, value in numbers:
        tensor = file.message_type.add(name=name)
        for number, (member, type_) in enumerate(
            (("values", value), ("keys", kind.TYPE_UINT64), ("shape", kind.TYPE_UINT64)), start=1
        ):
            field = tensor.field.add(name=member, number=number, type=type_, label=kind.LABEL_REPEATED)
            field.options.packed = True
    value = file.message_type.add(name="Value")
    for number, (name, _) in zip((2, 3, 7), numbers, strict=True):
        value.field.add(
            name=name.removesuffix("Tensor").lower(),
            number=number,
            type=kind.TYPE_MESSAGE,
            label=kind.LABEL_OPTIONAL,
            type_name=f".tests.record.{name}",
        )
    record = file.message_type.add(name="Record")
    for number, name in enumerate(("features", "label"), start=1):
        entry = record.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=kind.TYPE_STRING, label=kind.LABEL_OPTIONAL)
        entry.field.add(
            name="value",
            number=2,
            type=kind.TYPE_MESSAGE,
            label=kind.LABEL_OPTIONAL,
            type_name=".tests.record.Value",
        )
        record.field.add(
            name=name,
            number=number,
            type=kind.TYPE_MESSAGE,
            label=kind.LABEL_REPEATED,
            type_name=f".tests.record.Record.{name.capitalize()}Entry",
        )
    record.field.add(name="uid", number=3, type=kind.TYPE_STRING, label=kind.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tests.record.Record"))


def written(features: Any, labels: Any, kind: str = "float32") -> bytes:
    """Return the records of rows, framed and padded."""
    make, content = _record_class(), b""
    for row in range(features.shape[0]):
        record = make(uid=f"row-{row}")
        tensor = getattr(record.features["values"], kind)
        if isinstance(features, csr_matrix):
            chosen = features[row]
            tensor.values.extend(chosen.data.tolist())
            tensor.keys.extend(chosen.indices.tolist())
            tensor.shape.append(features.shape[1])
        else:
            tensor.values.extend(features[row].tolist())
        if labels is not None:
            getattr(record.label["values"], kind).values.append(labels[row].item())
        message = record.SerializeToString()
        content += struct.pack("<II", 0xCED7230A, len(message)) + message + b"\0" * (-len(message) % 4)
    return content


def read_labels(content: bytes) -> list[dict[str, list[float]]]:
    """Return the labels of framed and padded records, as Google's library reads them."""
    make, records = _record_class(), []
    while content:
        magic, length = struct.unpack_from("<II", content)
        assert magic == 0xCED7230A
        record = make.FromString(content[8 : 8 + length])
        records.append({name: list(value.float32.values) for name, value in record.label.items()})
        content = content[8 + (length + 3) // 4 * 4 :]
    return records


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_dense_records_are_read(kind: str) -> None:
    features, labels = read_rows(written(_FEATURES, _LABELS, kind))
    assert features.tolist() == _FEATURES.tolist()
    assert labels.tolist() == _LABELS.tolist()


def test_whole_numbers_are_read_with_their_signs() -> None:
    features, labels = read_rows(written(np.array([[1, -2], [300, 0]]), np.array([-1, 7]), "int32"))
    assert features.tolist() == [[1, -2], [300, 0]]
    assert labels.tolist() == [-1, 7]


def test_sparse_records_are_read() -> None:
    features, labels = read_rows(written(csr_matrix(_FEATURES), _LABELS, "float64"))
    assert features.toarray().tolist() == _FEATURES.tolist()
    assert labels.tolist() == _LABELS.tolist()


def test_records_without_labels_have_none() -> None:
    _, labels = read_rows(written(_FEATURES, None))
    assert labels.size == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"1,2,3\n4,5,6\n", "there is no record at byte 0"),
        (b"\x0a\x23\xd7\xce", "the header of a record at byte 0 is cut off"),
        (b"\x0a\x23\xd7\xce\x10\x00\x00\x00\x01", "the record at byte 0 is cut off"),
        (b"\x0a\x23\xd7\xce\x01\x00\x00\x20\x00", "a part of one"),
        (b"\x0a\x23\xd7\xce\x00\x00\x00\x00", "record 1 has no features named 'values'"),
        (b"\x0a\x23\xd7\xce\x02\x00\x00\x00\x0a\x7f\x00\x00", "a message is cut off"),
        (b"\x0a\x23\xd7\xce\x01\x00\x00\x00\xff\x00\x00\x00", "a number is cut off"),
    ],
)
def test_damaged_records_are_named(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_rows(content)


def test_nothing_is_no_row() -> None:
    features, labels = read_rows(b"")
    assert (features.size, labels.size) == (0, 0)
