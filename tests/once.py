"""What is dear to make and the same for all tests: made by the first process of a session that needs it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_once(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield a folder, and whether it is still empty: then the block fills it, while other processes wait.

    What a block that fails has made is thrown away: each process that needs it fails for its own reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content, made = folder / "content", folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not made.exists()
        if missing:
            shutil.rmtree(content, ignore_errors=True)
            content.mkdir()
        yield content, missing
        made.touch()
