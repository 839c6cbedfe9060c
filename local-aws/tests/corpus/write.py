"""Write the definitions with the SDK that is installed: ``python -m tests.corpus.write`` beside a local_aws."""

from __future__ import annotations

import json
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import boto3

from tests.corpus import packing
from tests.corpus.places import BUCKET, ROLE, SCRIPTS

_FOLDER = Path(__file__).parent
_SDK_ARCHIVE = "/sourcedir.tar.gz"
"""What the SDK packs of a repacked model, its own scripts too."""
MODULES = {2: ("v2_models", "v2_control", "v2_checks", "v2_shapes"), 3: ("v3_pipelines",)}


def main() -> None:
    """Write the definitions, and keep the texts that the SDK has uploaded."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    _create_role()
    major = int(metadata.version("sagemaker").partition(".")[0])
    definitions = {name: packing.load(name) for name in packing.names()}
    for module in MODULES[major]:
        for pipeline in import_module(f"tests.corpus.{module}").pipelines():
            definitions[pipeline.name] = _with_own_scripts(json.loads(pipeline.definition()))
    packing.save(definitions)
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        if "-monitoring-configuration/" in item["Key"] or item["Key"].endswith(_SDK_ARCHIVE):
            continue
        file = _FOLDER / "objects" / item["Key"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())


def _with_own_scripts(definition: Any) -> Any:
    """Return a definition in which a repacking job runs the corpus' script in place of the SDK's."""
    for step in definition["Steps"]:
        parameters = step.get("Arguments", {}).get("HyperParameters", {})
        if "_repack_script_launcher.sh" in str(parameters.get("sagemaker_program")):
            parameters["sagemaker_submit_directory"] = json.dumps(f"{SCRIPTS}/repack/sourcedir.tar.gz")
            # The SDK writes where its caller has the source.
            parameters["source_dir"] = json.dumps("/home/user/repack")
    return definition


def _create_role() -> None:
    """Create the role, which SDK 3 looks at before it trains."""
    iam, name = boto3.client("iam"), ROLE.rpartition("/")[2]
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [statement]}) for statement in (trust, allow)]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=documents[0])
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=documents[1])


if __name__ == "__main__":
    main()
