"""The keys of a data folder, which is its owner's only: one random master key, from which every secret is derived."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Literal

from local_aws.kernel.errors import StartError

FILE_NAME = "keys"
_MASTER_BYTES = 32
_SECRET_BYTES = 30
_TOKEN_BYTES = 48
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_Purpose = Literal["user", "secret", "session token"]


class FolderKeysError(StartError):
    """Raised when the file with the master key does not hold one."""


class FolderKeys:
    """Access keys of one data folder.

    Nothing but the master key is stored. A secret is an HMAC-SHA256 of its access key id, so that whoever holds one
    secret can derive no other.
    """

    def __init__(self, master: bytes) -> None:
        self._master = master
        self.user_key_id = f"AKIA{base64.b32encode(self._derived('user', '', 10)).decode()}"

    def secret(self, key_id: str) -> str:
        """Return the secret of an access key."""
        return base64.urlsafe_b64encode(self._derived("secret", key_id, _SECRET_BYTES)).decode()

    def session_token(self, key_id: str) -> str:
        """Return the session token of a temporary access key."""
        return base64.urlsafe_b64encode(self._derived("session token", key_id, _TOKEN_BYTES)).decode()

    def user_environment(self) -> dict[str, str]:
        """Return the user's keys as the variables that AWS clients read."""
        return {"AWS_ACCESS_KEY_ID": self.user_key_id, "AWS_SECRET_ACCESS_KEY": self.secret(self.user_key_id)}

    def session_environment(self, key_id: str) -> dict[str, str]:
        """Return a temporary key as the variables that AWS clients read."""
        return {
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret(key_id),
            "AWS_SESSION_TOKEN": self.session_token(key_id),
        }

    def _derived(self, purpose: _Purpose, key_id: str, size: int) -> bytes:
        return hmac.digest(self._master, f"{purpose}\n{key_id}".encode(), hashlib.sha512)[:size]


def open_keys(data_dir: Path) -> FolderKeys:
    """Return the keys of a data folder; a folder without keys gets new ones. A damaged file raises an error."""
    path = data_dir / FILE_NAME
    if not path.exists():
        _create(path)
    text = path.read_text("ascii", "replace").strip()
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != _MASTER_BYTES:
        raise FolderKeysError(
            f"{path} does not hold the folder's keys ({2 * _MASTER_BYTES} hexadecimal digits): restore it, or remove "
            "it for new keys, which void every variable printed before"
        )
    path.chmod(0o600)
    return FolderKeys(master)


def _create(path: Path) -> None:
    """Write a new master key so that the file is there whole or not at all, readable by its owner only."""
    written = path.with_name(f"{path.name}.new")
    written.unlink(missing_ok=True)
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_hex(_MASTER_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())
    written.rename(path)
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def make_owner_only(data_dir: Path) -> None:
    """Create a data folder, or take the permissions of others from an existing one.

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
