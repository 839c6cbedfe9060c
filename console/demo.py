"""``playgrounds demo``: from the feeds to SQL predictions, on a local_aws of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from console import local_server
from console.feeds import feed_urls
from console.glue_run import run_glue
from console.names import Names
from console.pipeline_run import PipelineUpsert, data_version, run_pipeline
from console.progress import Progress
from console.report import save_report
from console.resources import create_buckets, ensure_package_group, ensure_role, put_glue_resources
from console.scoring import Scores, score_playgrounds
from console.summary import render, summarise

_FEATURE_SET = "playground"
# The pipeline's own default is an hour.
_AUTOML_SECONDS = 60


def run(source: str, data_dir: Path, json_file: Path | None, keep: bool) -> int:
    """Run the demo and print its summary.

    Parameters
    ----------
    source
        ``"sample"``, ``"live"`` or a folder of feeds.
    data_dir
        The folder for the server's state.
    json_file
        Where to write the summary as JSON, if anywhere.
    keep
        Whether to leave the server up.

    Raises
    ------
    CommandError
        At the first thing that fails.
    """
    progress = Progress()
    progress.phase("start", "AWS on this machine, and the feeds")
    data_dir = data_dir.resolve()
    server = local_server.start(data_dir, keep=keep)
    progress.done("local_aws", "ready")
    stays = False
    try:
        with local_server.pointed_at(server):
            summary, scores = _story(source, data_dir, progress)
        if json_file is not None:
            json_file.write_text(json.dumps(summary, indent=2) + "\n")
        print(render(summary, scores, data_dir, server.environment if keep else None))
        stays = keep
    except (BotoCoreError, ClientError):
        server.check()
        raise
    finally:
        if not stays:
            server.stop()
    return 0


def _story(source: str, data_dir: Path, progress: Progress) -> tuple[dict[str, Any], Scores]:
    """Do it all, against whatever AWS the environment points at."""
    session = boto3.session.Session()
    feeds = feed_urls(source, data_dir)
    progress.done("feeds", source)

    progress.phase("deploy", "buckets, roles, Glue jobs and crawlers, the pipeline")
    account = session.client("sts").get_caller_identity()["Account"]
    names = Names("", account, session.region_name)
    create_buckets(session, names)
    glue_role = ensure_role(session, names.glue_role, "glue.amazonaws.com")
    upsert = PipelineUpsert(names, ensure_role(session, names.sagemaker_role, "sagemaker.amazonaws.com"))
    try:
        put_glue_resources(session, names, glue_role, feeds)
        ensure_package_group(session, names.pipeline)
        progress.done("resources", "created")

        progress.phase("glue", "import the feeds, crawl, join with Spark, crawl")
        run_glue(session, names, progress)

        progress.phase("pipeline", "features, XGBoost beside AutoML, evaluation, report, registry, endpoint")
        upsert.wait()
    finally:
        upsert.cancel()
    parameters = {
        "FeatureSet": _FEATURE_SET,
        "ModelApprovalStatus": "Approved",
        "DataVersion": data_version(session, names.raw_bucket),
        "AutoMLMaxRuntimeInSeconds": str(_AUTOML_SECONDS),
        "AutoMLMaxRuntimePerTrainingJobInSeconds": str(_AUTOML_SECONDS),
    }
    execution = run_pipeline(session, names.pipeline, parameters, progress)

    progress.phase("sql", "score every playground through Athena")
    scores = score_playgrounds(session, names, execution, _FEATURE_SET, progress)
    report = save_report(session, execution, data_dir / "reports" / f"{execution.id}.html")
    progress.finish()
    return summarise(session, names, execution, scores, report, progress), scores
