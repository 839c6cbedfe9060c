"""Which tests can run where: CodeBuild installs no package of local_aws, and runs what needs none."""

from __future__ import annotations

from importlib.util import find_spec

WITH_LOCAL_AWS = (
    "console/test_local_server.py",
    "console/test_nothing_yet.py",
    "console/test_pipeline_upsert.py",
    "console/test_registry.py",
    "console/test_report.py",
    "console/test_taken_up.py",
    "end_to_end",
    "glue_scripts",
    "inference/test_athena_query.py",
    "infrastructure/test_permissions_of_people.py",
    "infrastructure/test_removal.py",
    "infrastructure/test_stacks.py",
    "infrastructure/test_stacks_on_local_aws.py",
    "local_aws",
    "pipelines/test_code_assets.py",
    "pipelines/test_commands.py",
)
"""Tests that start local_aws, Spark or moto."""

collect_ignore = [] if find_spec("moto") else list(WITH_LOCAL_AWS)
