"""The model server program: ``python -m local_aws.services.sagemaker.serving --model-dir DIR --socket PATH``.

It stands for the XGBoost container in algorithm mode, for the container of an AutoML candidate, or for a framework
container that serves by a user's script (``--code DIR``), on a Unix socket: no port is open, so that it is reached
through local_aws only. The containers' variables ``MAX_CONTENT_LENGTH`` (not with a script) and
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
from typing import Any

import uvicorn

from local_aws.services.sagemaker.serving.app import LISTENS, MEGABYTE, Limits, Model, ModelApplication

_FRAMEWORKS = ("xgboost", "autogluon", "scikit-learn", "pytorch")
_MAX_MEGABYTES = 20
"""The container's bound on ``MAX_CONTENT_LENGTH``."""
_MAX_SCRIPT_MEGABYTES = 100
"""The bound on ``MaxPayloadInMB`` of a transform job; endpoints have their own."""
_KEEP_ALIVE_SECONDS = 3600


def main() -> int:
    """Load the model and serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve the model of a folder on a Unix socket.")
    parser.add_argument("--model-dir", type=Path, required=True, help="folder of the model files")
    parser.add_argument("--framework", choices=_FRAMEWORKS, default="xgboost", help="whose model it is")
    parser.add_argument("--image-tag", default="", help="the image's tag, by whose version the container answers")
    parser.add_argument("--by-script", action="store_true", help="serve by the framework's script toolkit")
    parser.add_argument("--code", type=Path, help="folder of the script")
    parser.add_argument("--program", default="", help="the script; the framework's functions serve alone if left out")
    parser.add_argument("--socket", type=Path, required=True, help="path of the socket to listen on")
    options = parser.parse_args()
    if options.by_script:
        application: Any = _script_application(options)
    else:
        load = _load_xgboost if options.framework == "xgboost" else _load_autogluon
        max_bytes = int(os.environ.get("MAX_CONTENT_LENGTH", 6 * MEGABYTE))
        try:
            model = load(options.model_dir, options.image_tag)
            application = ModelApplication(model, Limits(min(max_bytes, _MAX_MEGABYTES * MEGABYTE)))
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    config = uvicorn.Config(
        application,
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


def _script_application(options: argparse.Namespace) -> Any:
    """Load the model by the script; what that raises ends the program with its traceback."""
    from local_aws.services.sagemaker.serving.scripts import defaults
    from local_aws.services.sagemaker.serving.scripts.module import import_functions
    from local_aws.services.sagemaker.serving.scripts.script_models import FlaskModel, ScriptApplication, ToolkitModel
    from local_aws.services.sagemaker.serving.scripts.toolkits import offer_toolkits

    offer_toolkits()
    by_framework = {"xgboost": defaults.XGBOOST, "scikit-learn": defaults.SCIKIT_LEARN, "pytorch": defaults.PYTORCH}
    functions = import_functions(options.program, options.code, by_framework[options.framework])
    toolkit = ToolkitModel if options.framework == "pytorch" else FlaskModel
    return ScriptApplication(toolkit(functions, options.model_dir), _MAX_SCRIPT_MEGABYTES * MEGABYTE)


def _load_xgboost(model_dir: Path, image_tag: str) -> Model:
    if os.environ.get("SAGEMAKER_PROGRAM") == "":
        # What `ModelBuilder.register()` puts there makes the container look for a user module without a name.
        raise ValueError("SAGEMAKER_PROGRAM is set and empty, with which the container fails /ping; remove it")
    # xgboost imports scikit-learn, which takes 1.5 s, for estimators that nobody here uses; without it it goes on too.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    from local_aws.services.sagemaker.serving.ensemble import Ensemble
    from local_aws.services.sagemaker.serving.score_answers import ScoreAnswers, Settings

    all_models = os.environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true"
    return ScoreAnswers(Ensemble(model_dir, all_models=all_models), Settings.of(image_tag, os.environ))


def _load_autogluon(model_dir: Path, _: str) -> Model:
    # Small batches gain nothing from threads, which wait for each other on busy cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from local_aws.services.sagemaker.serving.autogluon_model import AutoGluonModel

    return AutoGluonModel(model_dir, os.environ)


class _Server(uvicorn.Server):
    """A server that a signal ends at once: whoever ends it has seen to the requests under way."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals' default actions as they are."""
        yield

    def install_signal_handlers(self) -> None:
        """Do so before uvicorn 0.29 too."""


if __name__ == "__main__":
    sys.exit(main())
