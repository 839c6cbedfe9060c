"""A pipeline step that is a plain service request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.workflow.properties import Properties, PropertyFile
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, ConfigurableRetryStep, Step, StepTypeEnum

_DESCRIBE_SHAPES = {
    StepTypeEnum.PROCESSING: "DescribeProcessingJobResponse",
    StepTypeEnum.TRAINING: "DescribeTrainingJobResponse",
    StepTypeEnum.TRANSFORM: "DescribeTransformJobResponse",
    StepTypeEnum.AUTOML: "DescribeAutoMLJobResponse",
    StepTypeEnum.REGISTER_MODEL: "DescribeModelPackageOutput",
    StepTypeEnum.CREATE_MODEL: "DescribeModelOutput",
}


class RequestStep(ConfigurableRetryStep):
    """A step whose ``Arguments`` are the boto3 request of its job, written out.

    The SDK's own steps take what `ModelTrainer`, `Transformer` and `ModelBuilder` record. Those call IAM and SageMaker
    while a definition is built, upload code under time-stamped keys, and add environment variables that the XGBoost
    container cannot serve with. A definition must build offline and be byte for byte the same, so these steps state the
    request. Parameters, properties, conditions, functions, retries, caching and the endpoint steps are the SDK's.

    Parameters
    ----------
    request
        Request of the matching ``Create…`` operation without the resource's name, which the service generates. Values
        may be pipeline variables.
    description
        One line for Studio.
    depends_on
        Steps to wait for although nothing in the request refers to them.
    property_files
        JSON outputs that conditions may read; processing steps only.
    """

    def __init__(
        self,
        name: str,
        step_type: StepTypeEnum,
        request: Mapping[str, Any],
        *,
        description: str,
        depends_on: Sequence[Step] = (),
        property_files: Sequence[PropertyFile] = (),
        cache_config: CacheConfig | None = None,
        retry_policies: Sequence[RetryPolicy] = (),
    ) -> None:
        super().__init__(
            name=name,
            step_type=step_type,
            description=description,
            depends_on=list(depends_on),
            retry_policies=list(retry_policies),
        )
        self.property_files = list(property_files)
        self._request = dict(request)
        self._cache_config = cache_config
        self._properties = Properties(step_name=name, step=self, shape_name=_DESCRIBE_SHAPES[step_type])

    @property
    def arguments(self) -> dict[str, Any]:
        """The request."""
        return self._request

    @property
    def properties(self) -> Properties:
        """The response of the matching ``Describe…`` operation, for other steps to refer to."""
        return self._properties

    def to_request(self) -> dict[str, Any]:
        """Return the step as it appears in the definition."""
        step: dict[str, Any] = super().to_request()
        if self._cache_config:
            step.update(self._cache_config.config)
        if self.property_files:
            step["PropertyFiles"] = [property_file.expr for property_file in self.property_files]
        return step
