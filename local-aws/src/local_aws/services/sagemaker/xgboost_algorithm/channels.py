"""The algorithm's channels: which may be there, and the files in them as matrices.

Text is read by XGBoost itself, as in the container, so that what is missing, weighted or malformed counts as there.
Source: ``algorithm_mode/channel_validation.py`` and ``data_utils.py`` of ``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import csv
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xgboost

from local_aws.services.sagemaker.xgboost_algorithm.errors import UserError
from local_aws.services.sagemaker.xgboost_algorithm.recordio import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CONTENT_TYPES = {
    **dict.fromkeys(("csv", "text/csv"), "csv"),
    **dict.fromkeys(("libsvm", "text/libsvm", "text/x-libsvm"), "libsvm"),
    **dict.fromkeys(("parquet", "application/x-parquet"), "parquet"),
    **dict.fromkeys(("recordio-protobuf", "application/x-recordio-protobuf"), "recordio-protobuf"),
}
_DEFAULT = "text/libsvm"
_CHANNELS = {"train": tuple(_CONTENT_TYPES), "validation": tuple(_CONTENT_TYPES), "code": ("text/python",)}
_MAX_DEPTH = 3
_SNIPPET_CHARACTERS = 50

_log = logging.getLogger(__name__)


def check_channels(channels: Mapping[str, Mapping[str, str]]) -> str:
    """Return the kind of the training channel's content, which counts for both: ``csv``, ``libsvm``, ``parquet`` or
    ``recordio-protobuf``.

    Parameters
    ----------
    channels
        The content of ``inputdataconfig.json``.
    """
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name, configuration in channels.items():
        if name not in _CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")
        if configuration.get("ContentType", _DEFAULT) not in _CHANNELS[name]:
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {dict(configuration)}")
    return _CONTENT_TYPES[channels["train"].get("ContentType", _DEFAULT)]


def read_channel(folders: Sequence[Path], content_type: str, *, weighted: bool = False) -> xgboost.DMatrix | None:
    """Return the matrix of the files of a channel, or of several; None if they hold nothing.

    Parameters
    ----------
    weighted
        Whether the second column of CSV is the weight of a row.
    """
    files = [file for folder in folders for file in _files(folder)]
    if any(file.name.startswith(".") for file in files):
        raise UserError("Hidden file found in the data path! Remove that before training.")
    if not sum(file.stat().st_size for file in files):
        return None
    with tempfile.TemporaryDirectory() as name:
        # The readers take one folder of files.
        for number, file in enumerate(files):
            Path(name, f"{number}-{file.name}").symlink_to(file)
        matrix = _read(Path(name), content_type, weighted)
    if matrix.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return matrix


def _files(folder: Path, depth: int = 1) -> Iterator[Path]:
    """Yield the files of a folder, and of its folders to the depth that the container reads."""
    for entry in sorted(folder.iterdir()):
        if entry.is_file():
            yield entry
        elif depth < _MAX_DEPTH:
            yield from _files(entry, depth + 1)
        else:
            _log.warning("The depth of folder %s exceed the limit %d.", folder, _MAX_DEPTH)


def _read(folder: Path, content_type: str, weighted: bool) -> xgboost.DMatrix:
    first = min(folder.iterdir())
    try:
        if content_type == "csv":
            options = f"format=csv&label_column=0&delimiter={_delimiter(first)}"
            return xgboost.DMatrix(f"{folder}?{options}{'&weight_column=1' if weighted else ''}")
        if content_type == "libsvm":
            _check_libsvm(first)
            return xgboost.DMatrix(f"{folder}?format=libsvm")
        if content_type == "recordio-protobuf":
            features, labels = read_rows(b"".join(file.read_bytes() for file in sorted(folder.iterdir())))
            return xgboost.DMatrix(features, label=labels)
        return _read_parquet(folder)
    except UserError:
        raise
    except Exception as error:
        reason = str(error).partition("\nStack trace")[0]
        raise UserError(f"Failed to load {content_type} data with exception:\n{reason}") from error


def _read_parquet(folder: Path) -> xgboost.DMatrix:
    import pyarrow.parquet

    values: Any = pyarrow.parquet.read_table(folder).to_pandas().to_numpy()
    return xgboost.DMatrix(values[:, 1:], label=values[:, 0])


def _delimiter(file: Path) -> str:
    with file.open(errors="ignore") as stream:
        line = stream.readline()
    try:
        delimiter = csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:_SNIPPET_CHARACTERS]}:\n{error}") from error
    _log.info("Determined delimiter of CSV input is '%s'", delimiter)
    return delimiter


def _check_libsvm(file: Path) -> None:
    """Check the first line that has features: a label, perhaps with a weight, and ``index:value`` items."""
    with file.open(errors="ignore") as stream:
        for line in stream:
            label, *items = line.strip().split(" ")
            try:
                numbers = [float(part) for part in label.split(":")]
            except ValueError:
                numbers = []
            if not 1 <= len(numbers) <= 2 or any(":" not in item for item in items):
                snippet = line[:_SNIPPET_CHARACTERS]
                raise UserError(
                    f"First line '{snippet}...' of file '{file.name.partition('-')[2]}' is not 'LIBSVM' format. Please "
                    "ensure the file is in 'LIBSVM' format."
                )
            if len(items) > 1:
                return
