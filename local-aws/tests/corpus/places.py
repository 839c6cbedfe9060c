"""Where the corpus lies in S3, and who runs it."""

from __future__ import annotations

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/corpus"
BUCKET = "corpus"
SCRIPTS = f"s3://{BUCKET}/scripts"
BOOTSTRAP = "sagemaker_remote_function_bootstrap"
"""The folder, below each pipeline's, of the scripts by which the SDK runs functions."""
DRIVERS = "sm_drivers"
"""The folder, below each training's, of the scripts by which SDK 3 starts a user's script."""
INSTALLER = "source/install_requirements.py"
"""The script, below each processor's, by which SDK 3 installs what a source folder requires."""
QUEUE = f"https://sqs.{REGION}.amazonaws.com/123456789012/corpus"
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:corpus"
