"""A model's container: what it serves, and how a model server is started that stands for it."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import ContainerFolder, unpack_tar
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.automl.archives import require_own_archive
from local_aws.services.sagemaker.automl.containers import check_environment as check_autogluon_environment
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.environments import ImageEnvironments, SubstituteError
from local_aws.services.sagemaker.images.families import Framework
from local_aws.services.sagemaker.images.resolution import Image, Images
from local_aws.services.sagemaker.jobs.job_store import SESSION
from local_aws.services.sagemaker.own_pickles import foreign_pickles
from local_aws.services.sagemaker.serving.model_server import ModelServer, ModelServerError
from local_aws.services.sagemaker.serving_scripts import ServingScript

_MULTI_MODEL = "SAGEMAKER_MULTI_MODEL"


@dataclass(frozen=True)
class ModelContainer:
    """The container of a model, which serves the ``model.tar.gz`` at `model_data_url`.

    Its data are read and its log is written as the model's role, or as local_aws itself for a model without a role.

    Parameters
    ----------
    hostname
        Its name among the containers of an inference pipeline.
    """

    image: str
    model_data_url: str
    environment: Mapping[str, str]
    role_arn: str = SERVICE
    hostname: str = ""

    @classmethod
    def of(cls, record: Record) -> ModelContainer:
        """Return the container that `record` has stored."""
        role_arn, hostname = record.get("RoleArn", SERVICE), record.get("Hostname", "")
        return cls(record["Image"], record["ModelDataUrl"], record["Environment"], role_arn, hostname)

    def record(self) -> Record:
        """Return the container as a record holds it."""
        return {
            "Image": self.image,
            "ModelDataUrl": self.model_data_url,
            "Environment": dict(self.environment),
            "RoleArn": self.role_arn,
            "Hostname": self.hostname,
        }

    def check_model_data(self, context: Context) -> None:
        """Raise ``ValidationException`` for model data that do not exist, or that are dangerous to load."""
        try:
            archive = context.objects.get(*split_uri(self.model_data_url)).path
        except AwsError as error:
            if error.code not in ("NoSuchBucket", "NoSuchKey"):
                raise
            raise invalid(f"Could not find model data at {self.model_data_url}.") from error
        if self._serving(context)[1] == "autogluon":
            require_own_archive(context.records, archive, self.model_data_url)

    def check_environment(self, context: Context) -> None:
        """Raise ``ValidationException`` for variables that ask for what is not supported."""
        if self._serving(context)[1] == "autogluon":
            check_autogluon_environment(self.environment)
            return
        if _MULTI_MODEL in self.environment:
            raise invalid(f"{_MULTI_MODEL} asks for multi-model serving, which local_aws does not support: remove it")

    def start(
        self, context: Context, job_id: str, folder: Path, log: tuple[str, str], variables: Mapping[str, str]
    ) -> ModelServer:
        """Unpack the model, unless the job folder holds it already, and start a server that answers on return.

        Any failure raises `ModelServerError`.
        """
        try:
            image, framework = self._serving(context)
        except AwsError as error:
            raise ModelServerError(error.message) from error
        container = ContainerFolder(folder, own_root=context.jobs.isolation.own_root)
        model_dir = container.path("/opt/ml/model")
        environment = {key: container.rewrite(value) for key, value in {**self.environment, **variables}.items()}
        script = ServingScript.of(framework, self.environment)
        with acting_as(self.role_arn):
            if not model_dir.exists():
                self._unpack(context, model_dir)
            by_algorithm = framework == "xgboost" and script is None
            foreign = foreign_pickles(context.records, model_dir) if by_algorithm else []
            if foreign and not container.own_root:
                raise ModelServerError(
                    f"model data {self.model_data_url} hold the pickle {foreign[0]}, which no training job of this "
                    "server has written: loading it could run any code, and is done only in a root of its own "
                    f"({context.jobs.isolation.reason})"
                )
            command = Command(
                job_id=job_id,
                arguments=(
                    *("--model-dir", container.rewrite("/opt/ml/model")),
                    *("--framework", framework, "--image-tag", image.tag),
                ),
                folder=container.folder,
                container=container,
                log_group=log[0],
                log_stream=log[1],
                environment=environment,
                notes=image.notes,
            )
            try:
                environments = ImageEnvironments(context.settings.environments)
                _, command = environments.apply(image, command, context.jobs.run)
            except (SubstituteError, OSError, RuntimeError) as error:
                raise ModelServerError(str(error)) from error
            return ModelServer(context.jobs, command if script is None else self._by(script, context, command))

    def _by(self, script: ServingScript, context: Context, command: Command) -> Command:
        """Return the command that serves by a script, which has the role's keys, as on AWS."""
        container = command.container
        if container is None:
            raise ValueError(f"{command.job_id} has no container")
        keys = {} if self.role_arn == SERVICE else context.credentials.of_role(self.role_arn, SESSION)
        script.place(context, container)
        arguments = (*command.arguments, *script.arguments(container))
        command = replace(command, arguments=arguments, environment={**keys, **command.environment})
        return script.installed(context, command, container)

    def _serving(self, context: Context) -> tuple[Image, Framework]:
        """Return what stands for its image, and the framework that serves its model."""
        image = Images.of(context.settings).find(self.image)
        if image.family is None or image.family.framework is None:
            raise invalid(
                f"local_aws does not serve models by the image {self.image!r}; it serves those of sagemaker-xgboost, "
                "sagemaker-scikit-learn and pytorch-inference, and AutoML candidates by autogluon-inference"
            )
        return image, image.family.framework

    def _unpack(self, context: Context, model_dir: Path) -> None:
        # Unpacked beside its place and renamed: what lies in its place is whole, whenever the server is killed.
        unpacked = model_dir.with_name("model-incoming")
        try:
            self.check_model_data(context)
            archive = context.objects.get(*split_uri(self.model_data_url)).path
            unpack_tar(archive, unpacked, context.jobs.limits.job_disk)
        except AwsError as error:
            raise ModelServerError(f"model data cannot be loaded: {error.message}") from error
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ModelServerError(f"model data {self.model_data_url} cannot be unpacked: {error}") from error
        unpacked.rename(model_dir)
