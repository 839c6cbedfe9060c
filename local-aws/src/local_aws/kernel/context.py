"""What the server gives every service package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.events import Event
from local_aws.kernel.folder_keys import FolderKeys
from local_aws.kernel.objects import Objects
from local_aws.kernel.principals import Credentials
from local_aws.kernel.processes.runner import JobRunner
from local_aws.kernel.records import Records

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Request], Answer]


@dataclass(frozen=True)
class Settings:
    """Where the server listens and keeps its state."""

    data_dir: Path
    port: int
    keys: FolderKeys = field(repr=False)
    region: str = "us-east-1"
    takes_any_key: bool = False
    """Whether access keys that are not the folder's are taken, with any signature, for the user's."""
    images_file: Path | None = None
    """The file of the user's own container images; ``images.txt`` in the data folder if left out."""
    strict_images: bool = False
    """Whether a container image is refused for which another version of its library would stand."""

    @property
    def endpoint_url(self) -> str:
        """The URL that goes into ``AWS_ENDPOINT_URL``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environments(self) -> Path:
        """The folder of the Python environments that jobs and model servers share."""
        return self.data_dir / "environments"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT_ID}:{resource}"

    def queue_url(self, queue: str) -> str:
        """Return the URL of a queue, by its name or ARN."""
        return f"{self.endpoint_url}/{ACCOUNT_ID}/{queue.rpartition(':')[2]}"

    def job_environment(self) -> dict[str, str]:
        """Return the variables that point every job at this server; whose keys it has depends on its role."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client_environment(self) -> dict[str, str]:
        """Return the variables that point any AWS client at this server, as the user."""
        return self.job_environment() | self.keys.user_environment()


@dataclass(frozen=True)
class Context:
    """The parts that services share."""

    settings: Settings
    records: Records
    objects: Objects
    jobs: JobRunner
    call: Callable[[str, str, Request], Answer]
    """Calls an operation of this server in process, validated like a request from outside: ``call("glue", "GetTable",
    {...})``. Raises `local_aws.kernel.errors.AwsError`. It is a call of the role that
    `local_aws.kernel.principals.acting_as` names."""
    announce: Callable[[Event], None]
    """Tells EventBridge of a state change, after it was recorded."""
    listen: Callable[[Callable[[Event], None]], None]
    """Adds a listener to what is announced; the EventBridge package is one."""
    credentials: Credentials
    """Gives out the keys that a job's role calls with."""
