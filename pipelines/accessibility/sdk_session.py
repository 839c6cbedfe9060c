"""The SageMaker SDK's session, made once for the definitions of a region and a bucket.

It reads seven service models and makes a client of each, half a second, although definitions send nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import boto3
from sagemaker.core.workflow.pipeline_context import PipelineSession

from pipelines.accessibility.sdk_configuration import NO_TELEMETRY, check_schemas_once

_NO_KEY: Final = "definitions-send-nothing"
"""Stands for credentials: without any, each client would ask the instance's metadata address, and wait for it."""


@lru_cache(maxsize=8)
def definition_session(region: str, bucket: str) -> PipelineSession:
    """Return the session that definitions are built with; AWS would refuse whatever it sent."""
    check_schemas_once()
    return PipelineSession(
        boto_session=boto3.Session(
            region_name=region, aws_access_key_id=_NO_KEY, aws_secret_access_key=_NO_KEY, aws_session_token=_NO_KEY
        ),
        default_bucket=bucket,
        sagemaker_config=NO_TELEMETRY,
    )
