"""Content-addressed code: the files that steps and jobs run, under ``s3://<bucket>/code/<sha256>/``.

Keys are computed from file names and contents alone, so that a definition can be built offline, is the same
byte for byte on every machine, and finds its cached steps again as long as the code has not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipelines.packing import digest_of, gzipped_tar_of, read_folder, zip_of

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SOURCE_ARCHIVE = "sourcedir.tar.gz"
LAMBDA_ARCHIVE = "lambda_functions.zip"

_ASSET_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]+)/code/(?P<digest>[0-9a-f]{64})/")


class UnknownCodeError(Exception):
    """Raised when a definition refers to code that the working tree does not have."""


@dataclass(frozen=True)
class CodeAsset:
    """Files that travel together under one key prefix named by their contents.

    Parameters
    ----------
    name : str
        What the code is, for messages (``processing``, ``training``, ``glue_scripts``).
    digest : str
        SHA-256 of the sorted, uncompressed tar of the files.
    objects : Mapping[str, bytes]
        Object bodies by their key below :attr:`prefix`.
    """

    name: str
    digest: str
    objects: Mapping[str, bytes] = field(repr=False)

    @property
    def prefix(self) -> str:
        """Key prefix in any bucket, ``code/<sha256>/``."""
        return f"code/{self.digest}/"

    def uri(self, bucket: str, path: str = "") -> str:
        """Return the S3 URI of one object, or of the whole prefix.

        Parameters
        ----------
        bucket : str
            Bucket that holds the project's code.
        path : str
            Key of an object below the prefix; empty for the prefix itself.

        Returns
        -------
        str
            ``s3://<bucket>/code/<sha256>/<path>``.

        Raises
        ------
        KeyError
            The asset has no such object.
        """
        if path and path not in self.objects:
            raise KeyError(f"code asset {self.name!r} has no {path!r}; it has {', '.join(sorted(self.objects))}")
        return f"s3://{bucket}/{self.prefix}{path}"


def folder_asset(name: str, source: Path, *, under: str = "") -> CodeAsset:
    """Make an asset whose objects are the files of a folder.

    Parameters
    ----------
    name : str
        Name for messages.
    source : Path
        Folder to package.
    under : str
        Folder below the prefix that the files are placed in: ``processing`` makes the prefix, mounted in a
        container, a directory to put on ``PYTHONPATH``.

    Returns
    -------
    CodeAsset
        One object a file.

    Raises
    ------
    FileNotFoundError
        The folder holds no code.
    """
    files = _files(name, source, under)
    return CodeAsset(name, digest_of(files), files)


def archive_asset(name: str, source: Path, *, archive: str = SOURCE_ARCHIVE, under: str = "") -> CodeAsset:
    """Make an asset of one archive: a gzipped tar, as ``sagemaker_submit_directory`` wants it, or a zip for Lambda.

    Parameters
    ----------
    name : str
        Name for messages.
    source : Path
        Folder whose files become the root of the archive.
    archive : str
        Object name of the archive; one that ends in ``.zip`` makes it a zip.
    under : str
        Folder of the archive that the files are placed in, for those that import each other as a package.

    Returns
    -------
    CodeAsset
        One object, the archive.

    Raises
    ------
    FileNotFoundError
        The folder holds no code.
    """
    files = _files(name, source, under)
    pack = zip_of if archive.endswith(".zip") else gzipped_tar_of
    return CodeAsset(name, digest_of(files), {archive: pack(files)})


def _files(name: str, source: Path, under: str) -> dict[str, bytes]:
    return {f"{under}/{path}" if under else path: body for path, body in read_folder(name, source).items()}


def processing_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the ``processing`` package, for a container that has the prefix on its ``PYTHONPATH``."""
    return folder_asset("processing", root / "processing", under="processing")


def training_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the script-mode archive with ``train.py`` at its root."""
    return archive_asset("training", root / "training")


def glue_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the Glue scripts and the modules they share, one object each."""
    return folder_asset("glue_scripts", root / "glue_scripts")


def lambda_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the zip of the package ``lambda_functions``, which the functions share."""
    return archive_asset(
        "lambda_functions", root / "lambda_functions", archive=LAMBDA_ARCHIVE, under="lambda_functions"
    )


def project_assets(root: Path = PROJECT_ROOT) -> tuple[CodeAsset, ...]:
    """Return every code asset of the project."""
    return processing_code(root), training_code(root), glue_code(root), lambda_code(root)


def referenced_assets(definition: str, assets: Iterable[CodeAsset]) -> dict[str, list[CodeAsset]]:
    """Find the assets that a pipeline definition runs, by the bucket it expects them in.

    Parameters
    ----------
    definition : str
        Pipeline definition (JSON text).
    assets : Iterable[CodeAsset]
        Assets of the working tree.

    Returns
    -------
    dict[str, list[CodeAsset]]
        Assets by bucket; both in order of name.

    Raises
    ------
    UnknownCodeError
        The definition was built from other code.
    """
    known = {asset.digest: asset for asset in assets}
    found: dict[str, list[CodeAsset]] = {}
    for bucket, digest in sorted({(match["bucket"], match["digest"]) for match in _ASSET_URI.finditer(definition)}):
        if digest not in known:
            raise UnknownCodeError(
                f"the definition runs s3://{bucket}/code/{digest}/, which is not the code of this working tree: "
                "build the definition again from this tree"
            )
        found.setdefault(bucket, []).append(known[digest])
    return {bucket: sorted(wanted, key=lambda asset: asset.name) for bucket, wanted in found.items()}


def upload_missing(s3_client: Any, bucket: str, assets: Sequence[CodeAsset]) -> list[str]:
    """Upload the objects that are not in the bucket yet.

    Every object is looked up by itself: an upload that was cut short is completed the next time, and there is
    no marker that could claim otherwise.

    Parameters
    ----------
    s3_client : botocore client
        Client for S3.
    bucket : str
        Bucket that holds the project's code.
    assets : Sequence[CodeAsset]
        Assets to bring there.

    Returns
    -------
    list[str]
        Keys that were uploaded, empty when all were there.

    Raises
    ------
    PermissionError
        The caller may not look up objects in the bucket.
    botocore.exceptions.ClientError
        Any other refusal of S3, a missing bucket for instance.
    """
    uploaded = []
    for asset in assets:
        for path, body in sorted(asset.objects.items()):
            key = asset.prefix + path
            if not _exists(s3_client, bucket, key):
                s3_client.put_object(Bucket=bucket, Key=key, Body=body)
                uploaded.append(key)
    return uploaded


def _exists(s3_client: Any, bucket: str, key: str) -> bool:
    """Tell whether the object is in the bucket."""
    try:
        s3_client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "404":
            return False
        if code == "403":
            raise PermissionError(
                f"S3 refused to look up s3://{bucket}/{key}: the caller needs s3:GetObject and s3:ListBucket "
                "on the bucket"
            ) from error
        raise
    return True
