"""``run-pipeline`` for both pipelines, each in a process of its own: importing the SageMaker SDK takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from console.errors import CommandError
from infrastructure.names import Names

TRAINING = "pipelines.accessibility.pipeline"
DEPLOYMENT = "pipelines.accessibility.deploy_pipeline"


def pipeline_kwargs(names: Names, further: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of both pipelines' ``get_pipeline``: the deployment's names, and what was asked for."""
    return {
        "region": names.region,
        "prefix": names.prefix,
        "default_bucket": names.models_bucket,
        "code_bucket": names.code_bucket,
        **further,
    }


def pipeline_tags(names: Names) -> list[dict[str, str]]:
    """Give the tags of both pipelines, as the AWS APIs take them."""
    return [{"Key": "Stack", "Value": names.stack}]


def upsert_pipelines(names: Names, role_arn: str, kwargs: Mapping[str, Any]) -> list[str]:
    """Create or update both pipelines, side by side.

    Parameters
    ----------
    names
        The deployment's names.
    role_arn
        Role of the pipelines and their jobs.
    kwargs
        Arguments of ``get_pipeline``, for both; see :func:`pipeline_kwargs`.

    Returns
    -------
    list of str
        The last line of each, which says what became of the pipeline.

    Raises
    ------
    CommandError
        If a pipeline could not be built or upserted.
    """
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "pipelines.run_pipeline", "--module-name", module),
                *(
                    "--role-arn",
                    role_arn,
                    "--kwargs-json",
                    json.dumps(kwargs),
                    "--tags",
                    json.dumps(pipeline_tags(names)),
                ),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for module in (TRAINING, DEPLOYMENT)
    ]
    try:
        return [_last_line(process) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
                process.communicate()


def _last_line(process: subprocess.Popen[str]) -> str:
    output, problems = process.communicate()
    if process.returncode:
        lines = problems.strip().splitlines() or ["no reason was given"]
        raise CommandError("run-pipeline", lines[-1], log=problems)
    return output.strip().splitlines()[-1]
