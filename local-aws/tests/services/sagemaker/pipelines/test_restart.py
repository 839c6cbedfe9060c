from local_aws.services import sagemaker
from tests.conftest import running
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import SLEEP, definition, fail, processing
from tests.waiting import wait_until


def test_stopped_server_leaves_no_execution_running(tmp_path):
    with running(tmp_path, (sagemaker.build,)) as server:
        bench = Bench(server)
        bench.create("interrupted", definition(processing("A", SLEEP), processing("B", DependsOn=["A"])))
        arn = bench.start("interrupted")
        wait_until(lambda: bench.steps(arn).get("A", {}).get("Metadata"))
    with running(tmp_path, (sagemaker.build,)) as server:
        bench = Bench(server)
        execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert execution["PipelineExecutionStatus"] == "Failed"
        assert {step["StepStatus"] for step in bench.steps(arn).values()} == {"Failed"}
        assert "server" in bench.steps(arn)["A"]["FailureReason"]


def test_execution_of_a_killed_server_is_failed_at_the_next_start(tmp_path):
    with running(tmp_path, (sagemaker.build,)) as server:
        bench = Bench(server)
        bench.create("killed", definition(fail("F")))
        arn = bench.start("killed")
        bench.finish(arn)
        # What a kill leaves: the records say that it runs, and nobody runs it.
        records = server.context.records
        records.update("pipeline-execution", arn, lambda record: record.update(PipelineExecutionStatus="Executing"))
        records.update("pipeline-step", f"{arn}/F", lambda record: record.update(StepStatus="Executing"))
    with running(tmp_path, (sagemaker.build,)) as server:
        bench = Bench(server)
        execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert execution["PipelineExecutionStatus"] == "Failed"
        assert execution["FailureReason"].startswith("The execution failed: the local_aws server stopped")
        assert bench.steps(arn)["F"]["StepStatus"] == "Failed"
