"""Scripts of the SageMaker SDK that a job brings: they start the user's own, and name ``/opt/ml`` in their code.

A job without a root of its own gets them with the local places. Sources: ``remote_function/job.py``,
``train/model_trainer.py`` and ``processing.py`` of ``aws/sagemaker-python-sdk``.
"""

from __future__ import annotations

from pathlib import Path

from local_aws.kernel.processes.container import ContainerFolder

FUNCTION_CHANNEL = "sagemaker_remote_function_bootstrap"
"""The channel of the scripts that run a function (``@step``, ``@remote``)."""
_TRAINING_CHANNEL = "sm_drivers"
"""The channel of the scripts by which SDK 3 starts a training script."""
_PLACES = (
    *(f"/opt/ml/input/data/{channel}/**/*" for channel in (FUNCTION_CHANNEL, _TRAINING_CHANNEL)),
    "/opt/ml/processing/input/entrypoint/runproc.sh",
)
_SUFFIXES = frozenset({".py", ".sh"})


def rewrite_scripts(folder: ContainerFolder) -> None:
    """Rewrite ``/opt/ml`` in the SDK's scripts among a job's files."""
    if folder.own_root:
        return
    for place in _PLACES:
        for script in folder.root.glob(place.lstrip("/")):
            if script.suffix in _SUFFIXES and script.is_file():
                _rewrite(folder, script)


def _rewrite(folder: ContainerFolder, script: Path) -> None:
    """Rewrite one script; another text that has its name stays."""
    try:
        text = script.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    script.write_text(folder.rewrite(text), encoding="utf-8")
