"""Content-addressed code: the files that steps and jobs run, under ``s3://<bucket>/code/<sha256>/``.

A key depends on file names and contents alone: archives are sorted, without times and owners. So a definition can be
built offline, is byte for byte the same on every machine, and hits the step cache as long as the code does not change.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SOURCE_ARCHIVE = "sourcedir.tar.gz"
LAMBDA_ARCHIVE = "lambda_functions.zip"

HYPERPARAMETER_FILES = ("training/__init__.py", "training/hyperparameters.py")
"""Plain data that the training and the processing container both import."""

TRAINING_FILES = ("training/boosting.py", "training/checkpoints.py")
"""What ``train.py`` imports beside them."""

FEED_CONTRACT_ARCHIVE = "feed_contract.zip"
FEED_CONTRACT_FILES = (
    *("processing/__init__.py", "processing/feed_dates.py"),
    *("processing/table_columns.py", "processing/value_domains.py"),
)
"""Plain data that the Glue jobs and the processing container both import."""

_ASSET_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]+)/code/(?P<digest>[0-9a-f]{64})/")

_EXCLUDED_FOLDERS = frozenset({"__pycache__", "tests"})
_EXCLUDED_SUFFIXES = frozenset({".pyc", ".pyo"})


class UnknownCodeError(Exception):
    """Raised when a definition refers to code that is not in the working tree."""


@dataclass(frozen=True)
class CodeAsset:
    """Files that travel together: S3 objects by key below :attr:`prefix`, which is named by their contents."""

    name: str
    digest: str
    objects: Mapping[str, bytes] = field(repr=False)

    @property
    def prefix(self) -> str:
        """Key prefix in any bucket, ``code/<sha256>/``."""
        return f"code/{self.digest}/"

    def uri(self, bucket: str, path: str = "") -> str:
        """Return the S3 URI of one object, or of the whole prefix; raise `KeyError` if the asset lacks the object."""
        if path and path not in self.objects:
            raise KeyError(f"code asset {self.name!r} has no {path!r}; it has {', '.join(sorted(self.objects))}")
        return f"s3://{bucket}/{self.prefix}{path}"


def folder_asset(
    name: str, source: Path, *, under: str = "", shared: Mapping[str, bytes] = MappingProxyType({})
) -> CodeAsset:
    """Create an asset of a folder's files, one object per file.

    Parameters
    ----------
    under
        Folder below the prefix to place the files in: ``processing`` makes the prefix, mounted in a container, a
        directory to put on ``PYTHONPATH``.
    shared
        Files of other folders that the code imports, by their path below the prefix.

    Raises
    ------
    FileNotFoundError
        The folder holds no code.
    """
    files = {**read_folder(name, source, under), **shared}
    return CodeAsset(name, _digest_of(files), files)


def archive_asset(name: str, files: Mapping[str, bytes], *, archive: str = SOURCE_ARCHIVE) -> CodeAsset:
    """Create an asset of one archive: a gzipped tar, as ``sagemaker_submit_directory`` takes it, or a zip."""
    pack = _zip_of if archive.endswith(".zip") else _gzipped_tar_of
    return CodeAsset(name, _digest_of(files), {archive: pack(files)})


def _read_files(root: Path, paths: Sequence[str]) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in paths}


def read_folder(name: str, source: Path, under: str = "") -> dict[str, bytes]:
    """Read a folder's code, without caches, tests and hidden files, by POSIX path below `under` in sorted order.

    Raises
    ------
    FileNotFoundError
        The folder holds no code.
    """
    paths = (path for path in source.rglob("*") if path.is_file() and _is_code(path.relative_to(source)))
    files = {PurePosixPath(under, path.relative_to(source)).as_posix(): path.read_bytes() for path in paths}
    if not files:
        raise FileNotFoundError(f"code asset {name!r}: no files in {source}; run from a complete checkout")
    return dict(sorted(files.items()))


def _digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the files' tar, uncompressed: compressed bytes differ between builds of zlib."""
    return hashlib.sha256(_tar(files)).hexdigest()


def _gzipped_tar_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a gzipped tar."""
    return gzip.compress(_tar(files), mtime=0)


def _zip_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path, body in sorted(files.items()):
            member = zipfile.ZipInfo(path)  # 1 January 1980
            member.external_attr = 0o644 << 16
            packed.writestr(member, body)
    return buffer.getvalue()


def _is_code(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and _EXCLUDED_FOLDERS.isdisjoint(path.parts) and path.suffix not in _EXCLUDED_SUFFIXES


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a tar that depends on names and contents only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, body in sorted(files.items()):
            member = tarfile.TarInfo(path)  # time 0, owner 0, no names
            member.size = len(body)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def processing_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the ``processing`` package, for a container that has the prefix on its ``PYTHONPATH``."""
    return folder_asset(
        "processing", root / "processing", under="processing", shared=_read_files(root, HYPERPARAMETER_FILES)
    )


def training_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the script-mode archive: ``train.py`` at its root, where the toolkit runs it, and what it imports."""
    script = {"train.py": (root / "training" / "train.py").read_bytes()}
    return archive_asset("training", script | _read_files(root, (*HYPERPARAMETER_FILES, *TRAINING_FILES)))


def glue_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the Glue scripts and the modules they share, one object each, and a zip of what `processing` shares."""
    contract = _zip_of(_read_files(root, FEED_CONTRACT_FILES))
    return folder_asset("glue_scripts", root / "glue_scripts", shared={FEED_CONTRACT_ARCHIVE: contract})


def lambda_code(root: Path = PROJECT_ROOT) -> CodeAsset:
    """Return the zip of the package ``lambda_functions``, which the functions share."""
    files = read_folder("lambda_functions", root / "lambda_functions", under="lambda_functions")
    return archive_asset("lambda_functions", files, archive=LAMBDA_ARCHIVE)


def project_assets(root: Path = PROJECT_ROOT) -> tuple[CodeAsset, ...]:
    """Return every code asset of the project."""
    return processing_code(root), training_code(root), glue_code(root), lambda_code(root)


def referenced_assets(definition: str, assets: Iterable[CodeAsset]) -> dict[str, list[CodeAsset]]:
    """Return the assets that a pipeline definition runs, by the bucket it expects them in; both in order of name.

    Raises
    ------
    UnknownCodeError
        The definition was built from other code.
    """
    known = {asset.digest: asset for asset in assets}
    referenced: dict[str, list[CodeAsset]] = {}
    for bucket, digest in sorted({(match["bucket"], match["digest"]) for match in _ASSET_URI.finditer(definition)}):
        if digest not in known:
            raise UnknownCodeError(
                f"the definition runs s3://{bucket}/code/{digest}/, which is not the code of this working tree: "
                "build the definition again from this tree"
            )
        referenced.setdefault(bucket, []).append(known[digest])
    return {bucket: sorted(used, key=lambda asset: asset.name) for bucket, used in referenced.items()}
