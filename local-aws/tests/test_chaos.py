"""A whole server is killed in the middle of its work; the next one on its folder loses nothing and hangs on nothing.

And of clients that make the same thing at the same time, one does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.builders import BUILDERS
from local_aws.kernel.work import SERVER_STOPPED
from tests.clients import exported
from tests.conftest import RunningServer, running
from tests.services.events.inbox import Inbox
from tests.services.glue.workflows.conftest import Flow, counted, crawl_ended, job_ended, job_runs, nodes
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import SLEEP, definition, processing
from tests.waiting import wait_until

QUEUES = 12
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
STACK = json.dumps(
    {
        "Resources": {
            "Function": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST},
            },
            **{
                f"Queue{number}": {
                    "Type": "AWS::SQS::Queue",
                    **({"DependsOn": f"Queue{number - 1}"} if number else {"DependsOn": ["Data", "Function"]}),
                }
                for number in range(QUEUES)
            },
            "Data": {"Type": "AWS::S3::Bucket"},
            "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": f"Queue{QUEUES - 1}"},
        }
    }
)


class Killable(RunningServer):
    """The server of ``python -m local_aws``, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.environment = exported(self._process.stdout)
        self.url = self.environment["AWS_ENDPOINT_URL"]

    def kill(self) -> None:
        """End it without a word to it; it may have ended before."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def killable(folder: Path) -> Iterator[Killable]:
    """Run a server for the time of the block, unless it is killed before."""
    server = Killable(folder)
    try:
        yield server
    finally:
        server.kill()


@pytest.mark.parametrize("made", [1, QUEUES // 2, QUEUES + 1])
def test_a_stack_whose_creation_was_cut_off_can_be_deleted(tmp_path: Path, made: int) -> None:
    with killable(tmp_path) as server:
        client = server.client("cloudformation")
        client.create_stack(StackName="cut", TemplateBody=STACK, Capabilities=["CAPABILITY_IAM"])
        wait_until(lambda: len(client.describe_stack_resources(StackName="cut")["StackResources"]) > made)

    with running(tmp_path, BUILDERS) as again:
        client = again.client("cloudformation")
        (stack,) = client.describe_stacks(StackName="cut")["Stacks"]
        states = {each["ResourceStatus"] for each in client.describe_stack_resources(StackName="cut")["StackResources"]}
        # The last resource may have been made before the kill came.
        assert stack["StackStatus"] in ("CREATE_FAILED", "CREATE_COMPLETE")
        assert states <= {"CREATE_COMPLETE", "CREATE_FAILED"}
        client.delete_stack(StackName="cut")
        wait_until(
            lambda: client.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
        )
        left = again.client("sqs").list_queues().get("QueueUrls", [])
        assert left == [], client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        assert again.client("sns").list_topics()["Topics"] == []
        assert again.client("s3").list_buckets()["Buckets"] == []
        assert again.client("iam").list_roles()["Roles"] == []


def test_every_event_that_was_taken_is_delivered(tmp_path: Path) -> None:
    taken: list[str] = []
    with killable(tmp_path) as server:
        Inbox(server, {"source": ["chaos"]})

        def put() -> None:
            client = server.client("events")
            entry = {"Source": "chaos", "DetailType": "Tested", "Detail": "{}"}
            try:
                # An answer that was cut off reads as an empty one.
                while answer := client.put_events(Entries=[entry] * 3).get("Entries"):
                    taken.extend(each["EventId"] for each in answer)
            except BotoCoreError:
                return  # the server is dead

        putting = [threading.Thread(target=put) for _ in range(2)]
        for thread in putting:
            thread.start()
        wait_until(lambda: len(taken) > 60)
        server.kill()
        for thread in putting:
            thread.join()

    with running(tmp_path, BUILDERS) as again:
        records = again.context.records
        wait_until(lambda: records.list("event-delivery") == [])
        bodies = [json.loads(message["Body"])["id"] for message in records.list("sqs-message/inbox")]
    assert set(taken) <= set(bodies)


def test_a_workflow_run_ends_and_another_begins(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with killable(data) as server:
        flow = Flow(server, "flow", tmp_path)
        crawler, job = flow.crawler("crawl"), flow.job("job", flow.wait_for_gate)
        after, never = flow.job("after"), flow.job("never")
        flow.workflow(MaxConcurrentRuns=1)
        flow.start_trigger("start", {"CrawlerName": crawler}, {"JobName": job})
        flow.conditional("failed", [job_ended(job, "FAILED")], {"JobName": after})
        flow.conditional("both", [job_ended(job), crawl_ended(crawler)], {"JobName": never})
        run_id = flow.glue.start_workflow_run(Name="flow")["RunId"]
        wait_until(lambda: [run["JobRunState"] for run in job_runs(flow.shown(run_id), job)] == ["RUNNING"])

    with running(data, BUILDERS) as again:
        flow.server, flow.glue = again, again.client("glue")
        run = flow.ended(run_id)
        crawl = nodes(run)[crawler]["CrawlerDetails"]["Crawls"][0]["State"]
        assert run["Status"] == "COMPLETED"
        assert job_runs(run, job)[0]["ErrorMessage"] == SERVER_STOPPED
        assert [each["JobRunState"] for each in job_runs(run, after)] == ["SUCCEEDED"]
        assert (job_runs(run, never), crawl in ("SUCCEEDED", "FAILED")) == ([], True)
        flow.gate.touch()
        assert counted(flow.run()) == {"Total": 4, "Succeeded": 3}
        flow.glue.delete_workflow(Name="flow")


def test_an_execution_that_was_cut_off_has_failed_and_can_be_started_again(tmp_path: Path) -> None:
    with killable(tmp_path) as server:
        bench = Bench(server)
        bench.create("cut", definition(processing("A", SLEEP), processing("B", DependsOn=["A"])))
        token = "a-token-that-is-long-enough-for-a-request"
        arn = bench.start("cut", ClientRequestToken=token)
        wait_until(lambda: bench.steps(arn).get("A", {}).get("Metadata"))

    with running(tmp_path, BUILDERS) as again:
        bench = Bench(again)
        assert bench.status(arn) == "Failed"
        assert [step["StepStatus"] for step in bench.steps(arn).values()] == ["Failed"]
        (job,) = bench.client.list_processing_jobs()["ProcessingJobSummaries"]
        assert job["ProcessingJobStatus"] in ("Failed", "Stopped")
        # Whoever was not answered and asks again gets the execution that there was.
        assert bench.start("cut", ClientRequestToken=token) == arn
        other = bench.start("cut")
        wait_until(lambda: bench.steps(other).get("A", {}).get("Metadata"))
        bench.client.stop_pipeline_execution(PipelineExecutionArn=other, ClientRequestToken=token)
        assert bench.finish(other) == "Stopped"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield server


CREATIONS: dict[str, Callable[[RunningServer, int], Any]] = {
    "stack": lambda server, number: server.client("cloudformation").create_stack(
        StackName="same", TemplateBody=STACK, Capabilities=["CAPABILITY_IAM"]
    ),
    "queue": lambda server, number: server.client("sqs").create_queue(
        QueueName="same", Attributes={"DelaySeconds": str(number)}
    ),
    "topic": lambda server, number: server.client("sns").create_topic(
        Name="same", Attributes={"DisplayName": str(number)}
    ),
    "pipeline": lambda server, number: server.client("sagemaker").create_pipeline(
        PipelineName="same",
        PipelineDefinition=definition(processing("A", str(number))),
        RoleArn="arn:aws:iam::123456789012:role/pipeline",
    ),
    "workflow": lambda server, number: server.client("glue").create_workflow(Name="same", Description=str(number)),
    "role": lambda server, number: server.client("iam").create_role(
        RoleName="same", AssumeRolePolicyDocument=json.dumps(TRUST)
    ),
}


@pytest.mark.parametrize("what", CREATIONS)
def test_of_clients_that_make_the_same_one_does(server: RunningServer, what: str) -> None:
    def create(number: int) -> str:
        try:
            CREATIONS[what](server, number)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "made"

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(create, range(5)))
    assert answers.count("made") == 1
    assert len(set(answers) - {"made"}) == 1, answers
    if what == "stack":
        client = server.client("cloudformation")
        (stack,) = client.describe_stacks()["Stacks"]
        client.get_waiter("stack_create_complete").wait(StackName="same", WaiterConfig={"Delay": 1})
        assert len(server.client("sqs").list_queues(QueueNamePrefix="same-")["QueueUrls"]) == QUEUES
        client.delete_stack(StackName=stack["StackId"])
        client.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig={"Delay": 1})


def test_one_client_deletes_a_stack_while_others_do(server: RunningServer) -> None:
    client = server.client("cloudformation")
    stack_id = client.create_stack(StackName="going", TemplateBody=STACK, Capabilities=["CAPABILITY_IAM"])["StackId"]
    client.get_waiter("stack_create_complete").wait(StackName="going", WaiterConfig={"Delay": 1})

    def delete(_: int) -> None:
        server.client("cloudformation").delete_stack(StackName="going")

    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(delete, number) for number in range(4)]
    refused = [str(outcome.exception()) for outcome in outcomes if outcome.exception()]
    assert all("DELETE_IN_PROGRESS state and can not be deleted" in words for words in refused)
    client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig={"Delay": 1})
    wait_until(lambda: not server.client("sqs").list_queues(QueueNamePrefix="going-").get("QueueUrls"))


def test_settings_and_subscriptions_made_at_once_are_all_there(server: RunningServer) -> None:
    s3, sns, sqs = server.client("s3"), server.client("sns"), server.client("sqs")
    s3.create_bucket(Bucket="shared-bucket")
    topic = sns.create_topic(Name="shared")["TopicArn"]
    queue = sqs.get_queue_attributes(
        QueueUrl=sqs.create_queue(QueueName="shared")["QueueUrl"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    block = {"BlockPublicPolicy": True}
    requests: list[Callable[[], Any]] = [
        lambda: s3.put_bucket_ownership_controls(Bucket="shared-bucket", OwnershipControls=ownership),
        lambda: s3.put_bucket_encryption(Bucket="shared-bucket", ServerSideEncryptionConfiguration=encryption),
        lambda: s3.put_public_access_block(Bucket="shared-bucket", PublicAccessBlockConfiguration=block),
        *[lambda: sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)] * 4,
    ]
    with ThreadPoolExecutor(len(requests)) as pool:
        for made in [pool.submit(request) for request in requests]:
            made.result()
    assert s3.get_bucket_ownership_controls(Bucket="shared-bucket")["OwnershipControls"] == ownership
    assert s3.get_bucket_encryption(Bucket="shared-bucket")["ServerSideEncryptionConfiguration"] == encryption
    assert s3.get_public_access_block(Bucket="shared-bucket")["PublicAccessBlockConfiguration"] == block
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
