"""CRC-32C and CRC-64/NVME, and the CRC of a whole from those of its parts.

Python has CRC-32 only. A piece is cut into lanes that NumPy computes side by side, and the lanes are joined by
the rule that makes a whole of parts: appending n zero bytes to what a CRC was taken of is a linear map of its bits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

_LANE_BYTES = 256
_SHORT_BYTES = 4 * _LANE_BYTES


@dataclass(frozen=True)
class Crc:
    """A CRC that starts from and ends with all bits flipped, least significant bit first."""

    bits: int
    polynomial: int
    """The reversed polynomial."""

    @property
    def _mask(self) -> int:
        return (1 << self.bits) - 1

    def update(self, data: bytes, value: int = 0) -> int:
        """Return the CRC of data that continue those of which `value` is the CRC."""
        lanes = len(data) // _LANE_BYTES if len(data) >= _SHORT_BYTES else 0
        # A power of two of lanes can be joined pair by pair.
        lanes = 1 << (lanes.bit_length() - 1) if lanes else 0
        cut = lanes * _LANE_BYTES
        if lanes:
            value = self.combine(value, self._of_lanes(data, lanes), cut)
        return self.update(data[cut:], value) if len(data) - cut >= _SHORT_BYTES else self._short(data[cut:], value)

    def combine(self, first: int, second: int, second_bytes: int) -> int:
        """Return the CRC of a whole from those of its two parts."""
        return int(_apply(self._zeros(second_bytes), np.array([first], np.uint64))[0]) ^ second

    def _short(self, data: bytes, value: int) -> int:
        table = self._table()
        value ^= self._mask
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return value ^ self._mask

    def _of_lanes(self, data: bytes, lanes: int) -> int:
        columns = np.frombuffer(data, "<u2", lanes * _LANE_BYTES // 2).reshape(lanes, -1).T.astype(np.uint64)
        table, low, shift = self._wide_table(), np.uint64(0xFFFF), np.uint64(16)
        values = np.full(lanes, self._mask, np.uint64)
        for column in columns:
            values = table[(values ^ column) & low] ^ (values >> shift)
        values ^= np.uint64(self._mask)
        size = _LANE_BYTES
        while len(values) > 1:
            values = _apply(self._zeros(size), values[0::2]) ^ values[1::2]
            size *= 2
        return int(values[0])

    @functools.lru_cache(maxsize=8)  # noqa: B019 (two values live as long as the module)
    def _table(self) -> tuple[int, ...]:
        tables = []
        for byte in range(256):
            value = byte
            for _ in range(8):
                value = (value >> 1) ^ (self.polynomial if value & 1 else 0)
            tables.append(value)
        return tuple(tables)

    @functools.lru_cache(maxsize=8)  # noqa: B019
    def _wide_table(self) -> Words:
        """Return the table of two bytes at a time."""
        narrow = np.array(self._table(), np.uint64)
        words = np.arange(1 << 16, dtype=np.uint64)
        once = narrow[words & np.uint64(0xFF)] ^ (words >> np.uint64(8))
        return narrow[once & np.uint64(0xFF)] ^ (once >> np.uint64(8))

    @functools.lru_cache(maxsize=256)  # noqa: B019
    def _zeros(self, count: int) -> Words:
        """Return the map of a CRC when so many zero bytes follow, as one table for each byte of the CRC."""
        if count == 0:
            return _tables(self.bits, lambda bits: bits)
        if count == 1:
            table = np.array(self._table(), np.uint64)
            return _tables(self.bits, lambda bits: table[bits & np.uint64(0xFF)] ^ (bits >> np.uint64(8)))
        half = self._zeros(count // 2)
        rest = self._zeros(count % 2)
        return _tables(self.bits, lambda bits: _apply(rest, _apply(half, _apply(half, bits))))


CRC32 = Crc(32, 0xEDB88320)
CRC32C = Crc(32, 0x82F63B78)
CRC64NVME = Crc(64, 0x9A6C9329AC4BC9B5)


def _tables(bits: int, linear: Callable[[Words], Words]) -> Words:
    """Return a linear map as tables, from what it makes of any words."""
    byte = np.arange(256, dtype=np.uint64)
    return np.stack([linear(byte << np.uint64(shift)) for shift in range(0, bits, 8)])


def _apply(tables: Words, words: Words) -> Words:
    folded = np.zeros_like(words)
    for index, table in enumerate(tables):
        folded ^= table[(words >> np.uint64(8 * index)) & np.uint64(0xFF)]
    return folded
