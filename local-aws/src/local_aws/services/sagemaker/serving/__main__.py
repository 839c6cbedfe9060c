"""The model server program: ``python -m local_aws.services.sagemaker.serving --model-dir DIR --socket PATH``.

It stands for the XGBoost container in algorithm mode, or for the container of an AutoML candidate, on a Unix socket: no
port is open, so that it is reached through local_aws only. The containers' variables ``MAX_CONTENT_LENGTH`` and
``SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`` apply here too.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from local_aws.services.sagemaker.serving.app import CSV, LISTENS, MEGABYTE, Limits, Model, ModelApplication

_MAX_MEGABYTES = 20
"""The container's bound on ``MAX_CONTENT_LENGTH``."""
_KEEP_ALIVE_SECONDS = 3600


def main() -> int:
    """Load the model and serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve the model of a folder on a Unix socket.")
    parser.add_argument("--model-dir", type=Path, required=True, help="folder of the model files")
    parser.add_argument("--framework", choices=("xgboost", "autogluon"), default="xgboost", help="whose model it is")
    parser.add_argument("--socket", type=Path, required=True, help="path of the socket to listen on")
    options = parser.parse_args()
    load = _load_xgboost if options.framework == "xgboost" else _load_autogluon
    try:
        model = load(options.model_dir)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    config = uvicorn.Config(
        ModelApplication(model, _limits()),
        http="httptools",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    listener = _listener(options.socket)
    print(LISTENS, flush=True)
    _Server(config).run(sockets=[listener])
    return 0


def _listener(path: Path) -> socket.socket:
    """Listen on a socket, by its bare name: a path may have more bytes than the system takes for a socket's."""
    folder = Path.cwd()
    os.chdir(path.parent)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path.name)
    os.chdir(folder)
    listener.listen()
    return listener


def _load_xgboost(model_dir: Path) -> Model:
    if os.environ.get("SAGEMAKER_PROGRAM") == "":
        # What `ModelBuilder.register()` puts there makes the container look for a user module without a name.
        raise ValueError("SAGEMAKER_PROGRAM is set and empty, with which the container fails /ping; remove it")
    # xgboost imports scikit-learn, which takes 1.5 s, for estimators that nobody here uses; without it it goes on too.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    from local_aws.services.sagemaker.serving.ensemble import Ensemble, ScoreAnswers

    return ScoreAnswers(Ensemble(model_dir))


def _load_autogluon(model_dir: Path) -> Model:
    # Small batches gain nothing from threads, which wait for each other on busy cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from local_aws.services.sagemaker.serving.autogluon_model import AutoGluonModel

    return AutoGluonModel(model_dir, os.environ)


def _limits() -> Limits:
    max_bytes = int(os.environ.get("MAX_CONTENT_LENGTH", 6 * MEGABYTE))
    accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", CSV)
    return Limits(min(max_bytes, _MAX_MEGABYTES * MEGABYTE), accept)


class _Server(uvicorn.Server):
    """A server that a signal ends at once: whoever ends it has seen to the requests under way."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals' default actions as they are."""
        yield


if __name__ == "__main__":
    sys.exit(main())
