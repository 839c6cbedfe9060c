"""The names of a deployment's resources, and how they follow from prefix, account and region."""

from __future__ import annotations

from dataclasses import dataclass


def pipeline_name(prefix: str) -> str:
    """Name of the SageMaker pipeline, which its package group and endpoint share."""
    return f"{prefix}playground-accessibility"


@dataclass(frozen=True)
class Names:
    """The lab's names behind a prefix.

    Parameters
    ----------
    prefix
        Start of every name, its own hyphen included; empty for the lab's names as they are.
    account
        AWS account id.
    region
        AWS region.
    """

    prefix: str
    account: str
    region: str

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
        """Bucket of code, models, evaluations and query results."""
        return self._bucket("models")

    @property
    def database(self) -> str:
        """Glue database; Athena identifiers take no hyphens."""
        return f"{self.prefix}playgrounds".replace("-", "_")

    @property
    def pipeline(self) -> str:
        """SageMaker pipeline, package group and endpoint share this name."""
        return pipeline_name(self.prefix)

    @property
    def sagemaker_role(self) -> str:
        """Role of the pipeline's jobs and models."""
        return f"{self.prefix}playgrounds-sagemaker"

    @property
    def glue_role(self) -> str:
        """Role of Glue jobs and crawlers."""
        return f"{self.prefix}playgrounds-glue"

    @property
    def query_results(self) -> str:
        """S3 prefix of Athena's results."""
        return f"s3://{self.models_bucket}/athena-results/"

    def named(self, name: str) -> str:
        """Put the prefix before one of the lab's names."""
        return f"{self.prefix}{name}"

    def _bucket(self, kind: str) -> str:
        return f"{self.prefix}playgrounds-{kind}-{self.account}-{self.region}"
