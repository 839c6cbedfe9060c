"""A whole server at work, with everything on it that the attacks aim at."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.attacks.campaign import Attack
from tests.attacks.deeds import BUCKET, MODEL_ROW, SECRET_EVENTS, SECRET_SCRIPT, VICTIM
from tests.processes import ServerProcess, server_process
from tests.services.lambda_.conftest import zip_of
from tests.services.sagemaker.examples import (
    BUCKET as MODELS,
)
from tests.services.sagemaker.examples import (
    FEATURES,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)
from tests.services.sagemaker.pipelines.definitions import definition
from tests.waiting import wait_until

_FUNCTION = "import pathlib\ndef handler(event, context): pathlib.Path(event['file']).touch()\n"
_SPARK = """
import pathlib, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(10).count()
pathlib.Path({started!r}).touch()
while not pathlib.Path({gate!r}).exists():
    time.sleep(0.1)
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "glue.amazonaws.com"], "AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Victim:
    """A server with a bucket, a function, a role, a pipeline, an endpoint in service and a Spark job that runs.

    Parameters
    ----------
    server
        The server.
    folder
        Scratch folder.
    """

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.server = server
        self.secret = f"the-secret-{secrets.token_hex(8)}"
        self.marks = folder / "marks"
        self.marks.mkdir(parents=True)
        self._gate = folder / "gate"
        self._objects()
        self._clients_of_everything()
        self._endpoint()
        self._spark(folder)

    @property
    def port(self) -> int:
        """The server's TCP port."""
        return self.server.port

    def other_ports(self) -> list[int]:
        """Return the TCP ports on which the server's children listen: model servers, Spark."""
        return [port for port in self.server.listening() if port != self.port]

    def prepare_for(self, attacks: list[Attack]) -> None:
        """Make what attacks are to delete."""
        for attack in attacks:
            if attack.request.deed == "delete an object":
                self.server.client("s3").put_object(Bucket=BUCKET, Key=attack.id, Body=b"precious")

    def release(self) -> None:
        """Let the Spark job end."""
        self._gate.touch()

    def suffered(self, attack: Attack) -> bool:
        """Return whether an attack has done what it was to do."""
        look = _EFFECTS.get(attack.request.deed)
        return look is not None and look(self, attack.id)

    def _objects(self) -> None:
        s3 = self.server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        script, events = f'STOLEN = "{self.secret}";', f"data: {self.secret}\n\n"
        s3.put_object(Bucket=BUCKET, Key=SECRET_SCRIPT, Body=script, ContentType="text/javascript")
        s3.put_object(Bucket=BUCKET, Key=SECRET_EVENTS, Body=events, ContentType="text/event-stream")

    def _clients_of_everything(self) -> None:
        iam = self.server.client("iam")
        role = iam.create_role(RoleName=VICTIM, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
        self.server.client("lambda").create_function(
            FunctionName=VICTIM,
            Runtime="python3.12",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": zip_of({"app.py": _FUNCTION})},
        )
        fails = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "started"}}
        self.server.client("sagemaker").create_pipeline(
            PipelineName=VICTIM, PipelineDefinition=definition(fails), RoleArn=role
        )
        self._role = role

    def _endpoint(self) -> None:
        server: Any = self.server
        server.client("s3").create_bucket(Bucket=MODELS)
        create_model(server, VICTIM, tar_of({"xgboost-model": bytes(train_booster(FEATURES).save_raw("ubj"))}))
        create_endpoint_config(server, VICTIM, VICTIM)
        server.client("sagemaker").create_endpoint(EndpointName=VICTIM, EndpointConfigName=VICTIM)
        assert ended(server, "endpoint", VICTIM)["EndpointStatus"] == "InService"
        answer = server.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=VICTIM, ContentType="text/csv", Body=MODEL_ROW
        )
        self.score = answer["Body"].read().decode().strip()

    def _spark(self, folder: Path) -> None:
        started = folder / "spark-started"
        script = _SPARK.format(started=str(started), gate=str(self._gate))
        self.server.client("s3").put_object(Bucket=BUCKET, Key="code/spark.py", Body=script)
        glue = self.server.client("glue")
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/code/spark.py", "PythonVersion": "3"}
        glue.create_job(Name=VICTIM, Role=self._role, Command=command, GlueVersion="5.0")
        self._run = glue.start_job_run(JobName=VICTIM)["JobRunId"]
        wait_until(started.exists, "the Spark job")


@contextmanager
def victim(folder: Path) -> Iterator[Victim]:
    """Run a victim for the time of the block.

    Parameters
    ----------
    folder
        Scratch folder.
    """
    with server_process(folder / "data") as server:
        target = Victim(server, folder)
        try:
            yield target
        finally:
            target.release()


def _exists(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if (
            status == 404
            or "NoSuch" in code
            or "NotFound" in code
            or "NonExistent" in code
            or "does not exist" in str(error)
        ):
            return False
        raise
    return True


def _object(target: Victim, key: str) -> bool:
    return _exists(target.server.client("s3").head_object, Bucket=BUCKET, Key=key)


def _topic(target: Victim, name: str) -> bool:
    arn = f"arn:aws:sns:us-east-1:123456789012:{name}"
    return _exists(target.server.client("sns").get_topic_attributes, TopicArn=arn)


def _started(target: Victim, name: str) -> bool:
    listing = target.server.client("sagemaker").list_pipeline_executions(PipelineName=VICTIM)
    return any(run.get("PipelineExecutionDisplayName") == name for run in listing["PipelineExecutionSummaries"])


_EFFECTS: dict[str, Callable[[Victim, str], bool]] = {
    "create a function": lambda target, name: _exists(
        target.server.client("lambda").get_function_configuration, FunctionName=name
    ),
    "run code": lambda target, name: (target.marks / name).exists(),
    "delete an object": lambda target, name: not _object(target, name),
    "put an object": _object,
    "upload by POST policy": _object,
    "create a topic": _topic,
    "create a stack": lambda target, name: _exists(
        target.server.client("cloudformation").describe_stacks, StackName=name
    ),
    "create a role": lambda target, name: _exists(target.server.client("iam").get_role, RoleName=name),
    "create a queue": lambda target, name: _exists(target.server.client("sqs").get_queue_url, QueueName=name),
    "start a pipeline": _started,
    "reset everything": lambda target, name: not _object(target, SECRET_SCRIPT),
}
