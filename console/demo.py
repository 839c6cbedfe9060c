"""``playgrounds demo``: from the feeds to SQL predictions, on a local_aws of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from console import local_server
from console.approvals import approve
from console.deploy import Options, deploy
from console.errors import CommandError
from console.feeds import SAMPLE, check_source
from console.progress import Progress
from console.report import save_report
from console.run import run as run_workflow_and_pipeline
from console.scoring import Scores, score_playgrounds
from console.session import names_of, open_session
from console.summary import render, summarise
from console.terminal import say

# The default is five minutes.
_PIPELINE_KWARGS = {"bake_seconds": 5}


def run(source: str, data_dir: Path, json_file: Path | None, keep: bool) -> int:
    """Run the demo and print its summary; `source` is ``"sample"``, ``"live"`` or a folder of feeds.

    Raises
    ------
    CommandError
        At the first failure.
    """
    check_source(source)
    if json_file is not None and not json_file.parent.is_dir():
        raise CommandError("--json", f"{json_file.parent} is not a folder; nothing has been started")
    progress = Progress()
    progress.phase("start", "local_aws, AWS on this machine: nothing leaves it, and nothing costs")
    progress.waiting("local_aws")
    data_dir = data_dir.resolve()
    server = local_server.start(data_dir, keep=keep)
    progress.done("local_aws", "ready")
    stays = False
    try:
        with local_server.pointed_at(server):
            summary, scores = _run_stages(source, data_dir, progress)
        if json_file is not None:
            json_file.write_text(json.dumps(summary, indent=2) + "\n")
        say(render(summary, scores, data_dir, server.exports if keep else None))
        stays = keep
    except (BotoCoreError, ClientError):
        server.check()
        raise
    finally:
        if not stays:
            server.stop()
    return 0


def _run_stages(source: str, data_dir: Path, progress: Progress) -> tuple[dict[str, Any], Scores]:
    """Run every stage, against whatever AWS the environment points at."""
    session = open_session()
    names = names_of(session, prefix="")
    options = Options(source=source, update_bootstrap=True, pipeline_kwargs=_PIPELINE_KWARGS)
    deploy(session, names, options, progress)
    trained = run_workflow_and_pipeline(session, names, progress)
    progress.phase("approval", f"version {trained.package.version} of {names.pipeline}, as a person would decide")
    deployment = approve(session, names, trained.package.arn, "approved by the demo", progress)
    if deployment is None:
        raise CommandError("approval", f"{trained.package.arn} was deployed already")
    progress.phase("sql", "score every playground through Athena, with the endpoint")
    scores = score_playgrounds(session, names, trained.package, progress)
    reports = data_dir / "reports"
    reports.mkdir(mode=0o700, exist_ok=True)
    report = save_report(session, trained.execution, reports / f"{trained.execution.id}.html")
    report.chmod(0o600)
    progress.finish()
    generated = source == SAMPLE
    return summarise(session, names, trained, deployment, scores, report, progress, generated=generated), scores
