"""Files of JSON lines that a person can read, and that do not grow forever."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.kernel.plain_text import escaped

_log = logging.getLogger(__name__)
MAX_BYTES = 20_000_000
"""Size at which a file becomes the old one, ``name.1.jsonl``, in place of the old one before."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str, ensure_ascii=False)


class JsonLines:
    """Writes lines to the end of files in a folder, each file within a bound in bytes."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def write(self, name: str, entry: Mapping[str, Any]) -> None:
        """Add a line to ``<name>.jsonl``; it is there, also after a kill, when this returns.

        A line that cannot be written goes to the server's log: what it records has been done all the same.
        """
        # The encoder leaves the controls beyond ASCII as they are; as escapes they are the same JSON.
        line, path = f"{escaped(_ENCODER.encode(entry))}\n".encode(), self._folder / f"{name}.jsonl"
        try:
            with self._lock:
                if not self._folder.exists():
                    self._folder.mkdir()
                with path.open("ab", buffering=0) as file:
                    file.write(line)
                    is_full = file.tell() >= self._max_bytes
                if is_full:
                    path.replace(path.with_suffix(".1.jsonl"))
                    path.touch()
        except OSError as error:
            _log.error("%s cannot be written: %s", path, error)
