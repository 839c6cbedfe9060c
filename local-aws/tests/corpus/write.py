"""Write the definitions with the SDK that is installed: ``python -m tests.corpus.write`` beside a local_aws."""

from __future__ import annotations

import itertools
import json
import re
import time
from datetime import datetime
from importlib import import_module, metadata
from pathlib import Path
from time import struct_time
from typing import Any

import boto3

from tests.corpus import packing
from tests.corpus.places import BOOTSTRAP, BUCKET, DRIVERS, INSTALLER, ROLE, SCRIPTS

_FOLDER = Path(__file__).parent
_SDKS_OWN = re.compile(
    rf"-monitoring-configuration/|/sourcedir\.tar\.gz$|/{INSTALLER}$|/{BOOTSTRAP}/|/{DRIVERS}/.*\.(py|pyc|sh)$"
)
"""The keys of what has the SDK's own scripts, or is not read."""
_CLOCKED = {
    2: (("sagemaker.utils", "time"),),
    3: (("sagemaker.core.common_utils", "time"), ("sagemaker.train.utils", "datetime")),
}
"""Where the SDK gets the times from that it puts into names and keys: modules, and the member."""
_SECONDS = re.compile(r"(/tuning-)\d{10}(?=/)")
"""A time of SDK 3's that no clock can be put in place of."""
MODULES = {
    2: ("v2_models", "v2_control", "v2_checks", "v2_shapes", "v2_functions"),
    3: ("v3_functions", "v3_pipelines", "v3_steps", "v3_refused"),
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

    def now(self) -> datetime:
        """Return the next second."""
        return datetime(*time.gmtime(self.time())[:6])  # without a zone, as the SDK's

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
    for module, member in _CLOCKED[major]:
        setattr(import_module(module), member, clock)
    definitions = {name: packing.load(name) for name in packing.names()}
    written: set[str] = set()
    for module in MODULES[major]:
        for pipeline in import_module(f"tests.corpus.{module}").pipelines():
            written.add(pipeline.name)
            text = _SECONDS.sub(r"\g<1>0", pipeline.definition())
            definitions[pipeline.name] = _with_own_scripts(json.loads(text))
    packing.save(definitions)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
    contents = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys if not _SDKS_OWN.search(key)}
    _keep(contents, written)


def _keep(contents: dict[str, bytes], pipelines: set[str]) -> None:
    """Keep what the SDK has uploaded, in place of what an earlier writing of the same pipelines has left."""
    objects = _FOLDER / "objects"
    for file in [file for file in objects.rglob("*") if file.is_file()]:
        if pipelines & {part.name for part in file.parents}:
            file.unlink()
    for key, content in contents.items():
        file = objects / _SECONDS.sub(r"\g<1>0", key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


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
