"""Opens the SQLite files of a data folder, or explains what is wrong with them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from local_aws.kernel.errors import StartError

VERSION: Final = 1
"""``user_version`` of the files that this code writes; files from before it was set have 0 and are the same."""


def open_database(path: Path, schema: str, lost: str) -> sqlite3.Connection:
    """Open a file, made when it is not there, in autocommit mode for use by several threads.

    Parameters
    ----------
    lost
        What is lost when the file is removed, for the message.
    """
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except sqlite3.Error as error:
        raise _not_opened(path, error) from error
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StartError(
                f"{path} has version {version}, and this local_aws supports {VERSION}: a newer release wrote it. "
                "Start that release, or choose another data folder"
            )
        fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise _damaged(path, fault, lost)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(schema)
        if version != VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.OperationalError as error:
        connection.close()
        raise _not_opened(path, error) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _damaged(path, error, lost) from error
    except StartError:
        connection.close()
        raise
    return connection


def _not_opened(path: Path, error: sqlite3.Error) -> StartError:
    return StartError(f"{path} cannot be opened: {error}. The folder and its files must be there and writable")


def _damaged(path: Path, fault: object, lost: str) -> StartError:
    return StartError(
        f"{path} is damaged: {fault}. Put a copy of it back, or remove it and the -wal and -shm files beside it, and "
        f"with it {lost}"
    )
