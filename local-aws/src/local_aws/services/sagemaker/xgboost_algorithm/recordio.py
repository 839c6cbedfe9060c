"""The record format of SageMaker's algorithms, ``application/x-recordio-protobuf``: features and label of each row.

A record is a header (magic number, length) and a protobuf message, padded to four bytes. Source: "Common Data Formats
for Training" of SageMaker's documentation, whose ``Record`` message has maps ``features`` and ``label`` of tensors with
``values`` and, where a row is sparse, ``keys`` and ``shape``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

_MAGIC = 0xCED7230A
_LENGTH_BITS = (1 << 29) - 1
_WHOLE = 0
"""The flag of a record that is not a part of one."""
_FEATURES, _LABEL = 1, 2
_KEY, _VALUE = 1, 2
_VALUES, _KEYS, _SHAPE = 1, 2, 3
_TENSORS: dict[int, Any] = {2: np.dtype("<f4"), 3: np.dtype("<f8"), 7: np.dtype("<i4")}
"""The kinds of tensors by their numbers; those of 32-bit integers are varints."""
_FLOAT32, _INT32 = 2, 7
_VARINT, _64_BITS, _BYTES, _32_BITS = 0, 1, 2, 5
_FEATURES_NAME, _LABEL_NAMES = b"values", (b"values", b"label_values")


def read_rows(content: bytes) -> tuple[Any, npt.NDArray[Any]]:
    """Return the features of all records, dense or sparse, and their labels; ValueError says what is wrong."""
    rows: list[tuple[Any, Any, Any]] = []
    labels: list[Any] = []
    for record in _records(content):
        features, label = None, None
        for field, entry in _fields(record):
            if field in (_FEATURES, _LABEL):
                name, tensor = _entry(entry)
                if field == _FEATURES and name == _FEATURES_NAME:
                    features = tensor
                elif field == _LABEL and name in _LABEL_NAMES:
                    label = tensor
        if features is None:
            raise ValueError(f"record {len(rows) + 1} has no features named 'values'")
        rows.append(features)
        if label is not None:
            labels.append(label[0])
    if not rows:
        return np.empty((0, 0)), np.empty(0)
    return _matrix(rows), np.concatenate(labels) if labels else np.empty(0)


def write_labels(records: Iterable[Mapping[str, Sequence[float]]]) -> bytes:
    """Return records that have labels only: by its name, each a tensor of 32-bit numbers."""
    content = b""
    for record in records:
        message = b"".join(_label(name.encode(), values) for name, values in record.items())
        content += struct.pack("<II", _MAGIC, len(message)) + message + bytes(-len(message) % 4)
    return content


def _label(name: bytes, values: Sequence[float]) -> bytes:
    tensor = _field(_VALUES, np.asarray(values, _TENSORS[_FLOAT32]).tobytes())
    return _field(_LABEL, _field(_KEY, name) + _field(_VALUE, _field(_FLOAT32, tensor)))


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    """Return a number as a message has it: seven bits in each byte, the lowest first."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _matrix(rows: list[tuple[Any, Any, Any]]) -> Any:
    if all(keys is None for _, keys, _ in rows):
        widths = {len(values) for values, _, _ in rows}
        if len(widths) > 1:
            raise ValueError(f"records have {' and '.join(map(str, sorted(widths)))} features")
        return np.vstack([values for values, _, _ in rows])
    if any(keys is None for _, keys, _ in rows):
        raise ValueError("some records are sparse and others are not")
    starts = np.cumsum([0, *(len(values) for values, _, _ in rows)])
    columns = np.concatenate([keys for _, keys, _ in rows])
    width = max([int(columns.max()) + 1 if len(columns) else 0, *(int(shape[-1]) for *_, shape in rows if len(shape))])
    return csr_matrix((np.concatenate([values for values, _, _ in rows]), columns, starts), shape=(len(rows), width))


def _records(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        if at + 8 > len(content):
            raise ValueError(f"the header of a record at byte {at} is cut off")
        magic, word = struct.unpack_from("<II", content, at)
        length = word & _LENGTH_BITS
        if magic != _MAGIC:
            raise ValueError(f"there is no record at byte {at}: its magic number is {magic:#x}, not {_MAGIC:#x}")
        if word >> 29 != _WHOLE:
            raise ValueError(f"the record at byte {at} is a part of one, which is not supported")
        if at + 8 + length > len(content):
            raise ValueError(f"the record at byte {at} is cut off")
        yield content[at + 8 : at + 8 + length]
        at += 8 + (length + 3) // 4 * 4


def _entry(entry: bytes) -> tuple[bytes, tuple[Any, Any, Any]]:
    """Return an entry of a map: its name and its tensor."""
    name, tensor = b"", (np.empty(0), None, np.empty(0))
    for field, content in _fields(entry):
        if field == _KEY:
            name = content
        elif field == _VALUE:
            for kind, inner in _fields(content):
                if kind not in _TENSORS:
                    raise ValueError("features and labels must be tensors of numbers")
                tensor = _tensor(inner, kind)
    return name, tensor


def _tensor(content: bytes, kind: int) -> tuple[Any, Any, Any]:
    """Return the values of a tensor, the keys of a sparse one, and its shape."""
    values: list[Any] = []
    keys: list[int] | None = None
    shape: list[int] = []
    for field, part in _fields(content):
        if field == _VALUES and kind == _INT32:
            values += [_signed(number) for number in _varints(part)]
        elif field == _VALUES:
            values += np.frombuffer(part, _TENSORS[kind]).tolist()
        elif field == _KEYS:
            keys = [*(keys or ()), *_varints(part)]
        elif field == _SHAPE:
            shape += _varints(part)
    if keys is not None and len(keys) != len(values):
        raise ValueError(f"a sparse tensor has {len(keys)} keys and {len(values)} values")
    return np.array(values, float), None if keys is None else np.array(keys, int), np.array(shape, int)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _varints(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        number, at = _varint(content, at)
        yield number


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of a message: number and bytes, of a single number its own."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            start = at
            _, at = _varint(message, at)
        elif kind == _BYTES:
            length, start = _varint(message, at)
            at = start + length
        elif kind in (_64_BITS, _32_BITS):
            start, at = at, at + (8 if kind == _64_BITS else 4)
        else:
            raise ValueError(f"a message has a field of wire type {kind}")
        if at > len(message):
            raise ValueError("a message is cut off")
        yield tag >> 3, message[start:at]


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise ValueError("a number is cut off")
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a number has more than 64 bits")
