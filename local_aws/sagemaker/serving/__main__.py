"""The model server program: ``python -m local_aws.sagemaker.serving --model-dir DIR``.

It stands for the XGBoost container in algorithm mode, on a port of 127.0.0.1 that it announces on standard output.
The container's variables ``MAX_CONTENT_LENGTH`` and ``SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`` count here too.
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

# xgboost imports scikit-learn, which takes 1.5 s, for estimators that nobody here uses; without it it goes on too.
sys.modules["sklearn"] = None  # type: ignore[assignment]

from local_aws.sagemaker.serving.announcement import announce  # noqa: E402
from local_aws.sagemaker.serving.app import MEGABYTE, Limits, ModelApplication  # noqa: E402
from local_aws.sagemaker.serving.ensemble import Ensemble  # noqa: E402

_MOST_MEGABYTES = 20
"""The container's bound on ``MAX_CONTENT_LENGTH``."""
_KEEP_ALIVE_SECONDS = 3600


def main() -> int:
    """Load the model and serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve the XGBoost models of a folder on 127.0.0.1.")
    parser.add_argument("--model-dir", type=Path, required=True, help="folder of the model files")
    parser.add_argument("--port", type=int, default=0, help="port; 0 for one that is free")
    options = parser.parse_args()
    if os.environ.get("SAGEMAKER_PROGRAM") == "":
        # What `ModelBuilder.register()` puts there makes the container look for a user module without a name.
        print("SAGEMAKER_PROGRAM is set and empty, with which the container fails /ping; remove it", file=sys.stderr)
        return 1
    try:
        ensemble = Ensemble(options.model_dir)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    config = uvicorn.Config(
        ModelApplication(ensemble, _limits()),
        http="httptools",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it an answer takes 40 ms more.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", options.port))
    listener.listen()
    announce(listener.getsockname()[1])
    _Server(config).run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """A server that a signal ends at once: whoever ends it has seen to the requests under way."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals' default actions as they are."""
        yield


def _limits() -> Limits:
    most = int(os.environ.get("MAX_CONTENT_LENGTH", 6 * MEGABYTE))
    accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    return Limits(min(most, _MOST_MEGABYTES * MEGABYTE), accept)


if __name__ == "__main__":
    sys.exit(main())
