"""A data folder is its owner's only: keys, objects and the sockets of model servers are in it."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from local_aws.kernel.folder_keys import FILE_NAME

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_owner_only(data_dir: Path) -> None:
    """Make a data folder, or take from others what they may do in one that an older version made.

    Without the right to enter the folder nobody gets at what is in it, so the rest is looked through only once, before
    the folder has keys.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    data_dir.chmod(0o700)
    if (data_dir / FILE_NAME).exists():
        return
    for folder, folders, files in os.walk(data_dir):
        for name in (*folders, *files):
            path = Path(folder, name)
            with contextlib.suppress(OSError):  # what has gone since, or is another user's
                mode = path.lstat().st_mode
                if not stat.S_ISLNK(mode) and mode & _OTHERS:
                    path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
