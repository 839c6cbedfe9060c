"""The services that the server runs."""

from __future__ import annotations

from local_aws import athena, glue, sagemaker

BUILDERS = (sagemaker.build, glue.build, athena.build)
