"""Write the definitions with the SDK that is installed: ``python -m tests.corpus.write`` beside a local_aws."""

from __future__ import annotations

import itertools
import json
import time
from importlib import import_module, metadata
from pathlib import Path
from time import struct_time
from typing import Any

import boto3

from tests.corpus import packing
from tests.corpus.places import BOOTSTRAP, BUCKET, ROLE, SCRIPTS

_FOLDER = Path(__file__).parent
_SDKS_OWN = ("-monitoring-configuration/", "/sourcedir.tar.gz", f"/{BOOTSTRAP}/")
"""Words of the keys of what has the SDK's own scripts, or is not read."""
_CLOCKED = {2: ("sagemaker.utils",), 3: ("sagemaker.core.common_utils", "sagemaker.train.tuner")}
"""Modules of the SDK that put times into names and keys."""
MODULES = {
    2: ("v2_models", "v2_control", "v2_checks", "v2_shapes", "v2_functions"),
    3: ("v3_pipelines", "v3_functions"),
}


class _Clock:
    """The time of day, of which the SDK makes names and keys: the same at each writing, a second later at each look."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_796_000_000.125)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        """Return the next second."""
        return next(self._seconds)

    def strftime(self, text: str, moment: struct_time | None = None) -> str:
        """Write a time, the next second's unless one is named."""
        return time.strftime(text, moment or time.gmtime(self.time()))


def main() -> None:
    """Write the definitions, and keep the texts that the SDK has uploaded."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    _create_role()
    major = int(metadata.version("sagemaker").partition(".")[0])
    clock = _Clock()
    for module in _CLOCKED[major]:
        import_module(module).time = clock  # type: ignore[attr-defined]
    definitions = {name: packing.load(name) for name in packing.names()}
    for module in MODULES[major]:
        for pipeline in import_module(f"tests.corpus.{module}").pipelines():
            definitions[pipeline.name] = _with_own_scripts(json.loads(pipeline.definition()))
    packing.save(definitions)
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        if any(words in item["Key"] for words in _SDKS_OWN):
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
