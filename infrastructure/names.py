"""The names of a deployment's resources, derived from prefix, account and region.

The templates say the same with ``!Sub``; ``python -m infrastructure.check_names`` compares the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FUNCTIONS = (
    *("resolve-data-version", "resolve-data-baseline", "require-data-quality", "list-candidates", "resolve-serving"),
    *("write-model-card", "resolve-deployment", "deploy-endpoint", "record-deployment"),
)
"""What the stack's Lambda functions are called, after ``playgrounds-``."""

ROLES = ("analyst", "card", "cloudformation", "deployment", "events", "glue", "jobs", "lambda", "model", "sagemaker")
"""What the stacks' roles are called, after ``playgrounds-``."""

PREFIX = re.compile(r"(?!.*playground)([a-z][a-z0-9-]{0,11}-)?")
"""What a prefix looks like: S3 takes no other letters, and names end somewhere.

The roles of a deployment may use what begins with its prefix and "playground": the names of no other deployment may.
"""


@dataclass(frozen=True)
class Names:
    """The lab's names behind a prefix, which includes its own hyphen; without a prefix they are as in the lab."""

    prefix: str
    account: str
    region: str

    @property
    def stack(self) -> str:
        """The stack, and the value of the tag ``Stack``."""
        return self.named("playgrounds")

    @property
    def bootstrap_stack(self) -> str:
        """The stack that a person deploys once, before the other."""
        return self.named("playgrounds-bootstrap")

    @property
    def code_bucket(self) -> str:
        """Bucket of the code, in the bootstrap stack."""
        return self._bucket("code")

    @property
    def raw_bucket(self) -> str:
        """Bucket of the imported feeds."""
        return self._bucket("raw")

    @property
    def processed_bucket(self) -> str:
        """Bucket of the joined table."""
        return self._bucket("processed")

    @property
    def models_bucket(self) -> str:
        """Bucket of models, evaluations and query results."""
        return self._bucket("models")

    @property
    def buckets(self) -> tuple[str, ...]:
        """All buckets."""
        return self.code_bucket, self.raw_bucket, self.processed_bucket, self.models_bucket

    @property
    def database(self) -> str:
        """Glue database; Athena identifiers do not allow hyphens."""
        return f"{self.prefix}playgrounds".replace("-", "_")

    @property
    def work_group(self) -> str:
        """Athena work group."""
        return self.named("playgrounds")

    @property
    def workflow(self) -> str:
        """Glue workflow."""
        return self.named("playgrounds_workflow_for_ml")

    @property
    def pipeline(self) -> str:
        """SageMaker pipeline; the package group and the endpoint share this name."""
        return self.named("playground-accessibility")

    @property
    def deploy_pipeline(self) -> str:
        """SageMaker pipeline that an approval starts."""
        return f"{self.pipeline}-deploy"

    @property
    def endpoint_alarms(self) -> tuple[str, ...]:
        """CloudWatch alarms that roll an update of the endpoint back."""
        return self.named("playgrounds-endpoint-errors"), self.named("playgrounds-endpoint-latency")

    @property
    def deployments_queue(self) -> str:
        """SQS queue from which the function ``deploy-endpoint`` takes its messages."""
        return self.named("playgrounds-deployments")

    @property
    def sagemaker_role(self) -> str:
        """Role of the pipelines."""
        return self.named("playgrounds-sagemaker")

    @property
    def cloudformation_role(self) -> str:
        """Role that CloudFormation acts as."""
        return self.named("playgrounds-cloudformation")

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of both stacks, without the build's."""
        return tuple(self.named(f"playgrounds-{name}") for name in ROLES)

    @property
    def boundary(self) -> str:
        """Policy that bounds the permissions of the stack's roles."""
        return self.named("playgrounds-boundary")

    @property
    def functions(self) -> tuple[str, ...]:
        """The stack's Lambda functions."""
        return tuple(self.function(name) for name in FUNCTIONS)

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Log groups of the stack, which a function or endpoint that still writes creates again."""
        functions = (f"/aws/lambda/{name}" for name in self.functions)
        return (*functions, f"/aws/sagemaker/Endpoints/{self.pipeline}")

    def function(self, name: str) -> str:
        """Return the name of one of :data:`FUNCTIONS`."""
        return self.named(f"playgrounds-{name}")

    def named(self, name: str) -> str:
        """Put the prefix before one of the lab's names."""
        return f"{self.prefix}{name}"

    def _bucket(self, kind: str) -> str:
        return f"{self.prefix}playgrounds-{kind}-{self.account}-{self.region}"
