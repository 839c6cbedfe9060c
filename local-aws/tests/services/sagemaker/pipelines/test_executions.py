import datetime
import json
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused, states_of
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    ROLE,
    SLEEP,
    compare,
    condition,
    definition,
    fail,
    get,
    join,
    json_get,
    output_uri,
    parameter,
    processing,
    property_file,
    register,
    write_json,
)
from tests.waiting import wait_until

REPORT: dict[str, Any] = {"PropertyFiles": [property_file("Report", "report", "report.json")]}


def evaluate(content: Any, **members: Any):
    return processing(
        "Evaluate", write_json("report", "report.json", content), outputs=("report",), **REPORT, **members
    )


def gate(path: str = "metrics['auc'][0]", then=(), otherwise=()):
    left = json_get("Evaluate", "Report", path)
    return condition("Gate", compare("GreaterThan", left, get("Parameters.Least")), then=then, otherwise=otherwise)


LEAST = parameter("Least", "Float", 0.5)


def test_steps_pass_files_and_values_to_later_steps(bench: Bench):
    status, steps = bench.run(
        "hands-on",
        definition(
            evaluate({"metrics": {"auc": [0.75]}}),
            processing(
                "Copy",
                "import os, pathlib; job = pathlib.Path('/opt/ml/processing');"
                "[report] = job.glob('input/in/**/*.json');"
                "(job / 'output/out/copy.json').write_bytes(report.read_bytes());"
                "(job / 'output/out/note.txt').write_text(os.environ['NOTE'])",
                inputs={"in": output_uri("Evaluate", "report")},
                outputs=("out",),
                environment={"NOTE": join(get("Execution.PipelineName"), get("Parameters.Least"), on=" ")},
            ),
            gate(then=(processing("Good"),), otherwise=(processing("Bad"),)),
            parameters=(LEAST,),
        ),
    )
    assert status == "Succeeded"
    assert sorted(steps) == ["Copy", "Evaluate", "Gate", "Good"]
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    arn = steps["Copy"]["Metadata"]["ProcessingJob"]["Arn"]
    job = bench.client.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2])
    folder = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert json.loads(bench.read(f"{folder}/copy.json")) == {"metrics": {"auc": [0.75]}}
    assert bench.read(f"{folder}/note.txt") == b"hands-on 0.5"


def test_job_names_contain_execution_and_step(bench: Bench):
    step = "A-Step_whose-name-is-much-too-long-for-a-job"
    bench.create("named", definition(processing(step)))
    arn = bench.start("named")
    bench.finish(arn)
    execution_id = arn.rpartition("/")[2]
    assert re.fullmatch(r"[a-z0-9]{12}", execution_id)
    name = bench.steps(arn)[step]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert re.fullmatch(rf"pipelines-{execution_id}-A-Step-whose-name-is-much-too-[a-zA-Z0-9]{{10}}", name)
    assert len(name) <= 63


def test_fail_step_records_its_message(bench: Bench):
    message = join("auc ", json_get("Evaluate", "Report", "metrics.auc[0]"), "; gate said ", get("Steps.Gate.Outcome"))
    text = definition(
        evaluate({"metrics": {"auc": [0.4]}}), gate(otherwise=(fail("TooLow", message),)), parameters=(LEAST,)
    )
    status, steps = bench.run("too-low", text)
    assert status == "Failed"
    assert steps["Gate"]["StepStatus"] == "Succeeded"
    assert steps["TooLow"]["FailureReason"] == "auc 0.4; gate said false"
    assert steps["TooLow"]["Metadata"] == {"Fail": {"ErrorMessage": "auc 0.4; gate said false"}}
    summary = bench.client.list_pipeline_executions(PipelineName="too-low")["PipelineExecutionSummaries"][0]
    assert summary["PipelineExecutionFailureReason"] == "Step failure: One or multiple steps failed."


def test_fail_step_without_message_has_no_reason(bench: Bench):
    status, steps = bench.run("silent", definition(fail("F")))
    assert (status, steps["F"]["StepStatus"], "FailureReason" in steps["F"]) == ("Failed", "Failed", False)


@pytest.mark.parametrize(
    ("path", "reason"), [("metrics.f1", "no value at metrics.f1"), ("metrics.name", "cannot compare")]
)
def test_condition_without_its_metric_fails_and_takes_no_branch(bench: Bench, path, reason):
    sides = {"then": (processing("Good"),), "otherwise": (processing("Bad"),)}
    text = definition(evaluate({"metrics": {"name": "x"}}), gate(path, **sides), parameters=(LEAST,))
    status, steps = bench.run(f"no-metric-{path[-4:].replace('.', '')}", text)
    assert (status, sorted(steps)) == ("Failed", ["Evaluate", "Gate"])
    assert reason in steps["Gate"]["FailureReason"]


@pytest.fixture
def flag() -> Iterator[Path]:
    """Return a file that jobs see once it is there; not below /tmp, of which each has its own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder, "go-on")


def test_failed_step_lets_others_finish_and_starts_no_more(bench: Bench, flag: Path):
    wait = "import os, time; [time.sleep(0.01) for _ in iter(lambda: os.path.exists(os.environ['FLAG']), True)]"
    bench.create(
        "partly",
        definition(
            processing("Breaks", "raise SystemExit('no such column')"),
            processing("Goes-on", wait, environment={"FLAG": str(flag)}),
            processing("After-break", DependsOn=["Breaks"]),
            processing("After-all", DependsOn=["Goes-on"]),
        ),
    )
    arn = bench.start("partly")
    wait_until(lambda: bench.steps(arn).get("Breaks", {}).get("StepStatus") == "Failed")
    assert bench.status(arn) == "Executing"
    flag.touch()
    assert bench.finish(arn) == "Failed"
    steps = bench.steps(arn)
    assert states_of(steps) == {"Breaks": "Failed", "Goes-on": "Succeeded"}
    assert "no such column" in steps["Breaks"]["FailureReason"]


def test_refused_job_fails_the_step_and_names_the_operation(bench: Bench):
    step = processing("A")
    step["Arguments"]["AppSpecification"]["ImageUri"] = get("Parameters.Image")
    status, steps = bench.run("refused", definition(step, parameters=(parameter("Image", "String", "python:3"),)))
    assert status == "Failed"
    assert steps["A"]["FailureReason"].startswith("ClientError: Failed to invoke sagemaker:CreateProcessingJob.")
    assert steps["A"]["Metadata"] == {}


def test_steps_are_listed_newest_first(bench: Bench):
    bench.create("order", definition(processing("A"), processing("B", DependsOn=["A"], DisplayName="Second")))
    arn = bench.start("order")
    bench.finish(arn)
    steps = bench.client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [step["StepName"] for step in steps] == ["B", "A"]
    assert (steps[0]["StepDisplayName"], steps[0]["AttemptCount"]) == ("Second", 1)
    first = bench.client.list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=1)
    second = bench.client.list_pipeline_execution_steps(
        PipelineExecutionArn=arn, MaxResults=1, NextToken=first["NextToken"]
    )
    assert [step["StepName"] for step in second["PipelineExecutionSteps"]] == ["A"]


def test_running_step_shows_its_job(bench: Bench):
    bench.create("watched", definition(processing("A", SLEEP)))
    arn = bench.start("watched")
    step = wait_until(lambda: (found := bench.steps(arn).get("A", {})).get("Metadata") and found)
    assert step["StepStatus"] == "Executing"
    assert "processing-job/pipelines-" in step["Metadata"]["ProcessingJob"]["Arn"]
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    bench.finish(arn)


def test_stop_ends_running_jobs(bench: Bench):
    bench.create("stopped", definition(processing("A", SLEEP), processing("B", DependsOn=["A"])))
    arn = bench.start("stopped")
    wait_until(lambda: bench.steps(arn).get("A", {}).get("Metadata"))
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Stopped"
    steps = bench.steps(arn)
    assert states_of(steps) == {"A": "Stopped"}
    name = steps["A"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert bench.client.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] == "Stopped"
    assert refused(bench.client.stop_pipeline_execution, PipelineExecutionArn=arn)[0] == "ConflictException"


def test_cached_step_is_not_run_again(bench: Bench):
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    step = evaluate({"metrics": {"auc": [0.75]}}, environment={"VERSION": get("Parameters.Version")}, **cached)
    use = processing(
        "Use",
        "import os; assert os.listdir('/opt/ml/processing/input/in')",
        inputs={"in": output_uri("Evaluate", "report")},
    )
    text = definition(step, gate(then=(use,)), parameters=(LEAST, parameter("Version", "String", "1")))
    bench.create("cached", text)
    first = bench.start("cached")
    assert bench.finish(first) == "Succeeded"
    second = bench.start("cached")
    assert bench.finish(second) == "Succeeded"
    steps = bench.steps(second)
    assert steps["Evaluate"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert steps["Evaluate"]["Metadata"] == bench.steps(first)["Evaluate"]["Metadata"]
    assert steps["Use"]["StepStatus"] == "Succeeded"
    changed = bench.start("cached", {"Version": "2"})
    assert bench.finish(changed) == "Succeeded"
    assert "CacheHitResult" not in bench.steps(changed)["Evaluate"]


def test_second_run_takes_its_uncacheable_steps_alone_also_after_an_unchanged_update(bench: Bench):
    cached: dict[str, Any] = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    slow = processing("Slow", f"import time; time.sleep(3); {write_json('x', 'y.json', 1)}", outputs=("x",), **cached)
    following = processing("Following", inputs={"in": output_uri("Slow", "x")}, **cached)
    text = definition(slow, following, processing("Uncached", DependsOn=["Following"]))
    bench.create("twice", text)
    bench.finish(first := bench.start("twice"))
    for _ in range(2):
        again = bench.start("twice")
        assert bench.finish(again) == "Succeeded"
        steps = bench.steps(again)
        hits = {name: step.get("CacheHitResult") for name, step in steps.items()}
        source = {"SourcePipelineExecutionArn": first}
        assert hits == {"Slow": source, "Following": source, "Uncached": None}
        execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=again)
        uncached = steps["Uncached"]["EndTime"] - steps["Uncached"]["StartTime"]
        total = execution["LastModifiedTime"] - execution["CreationTime"]
        assert total - uncached < datetime.timedelta(seconds=2)
        bench.client.update_pipeline(PipelineName="twice", PipelineDefinition=text, RoleArn=ROLE)


def test_parameters_are_checked_and_listed(bench: Bench):
    text = definition(
        fail("F", join(get("Parameters.Word"), get("Parameters.Count"))),
        parameters=(parameter("Word"), parameter("Count", "Integer", 3)),
    )
    bench.create("parameters", text)
    given = [{"Name": "Word", "Value": "a"}]
    start = bench.client.start_pipeline_execution
    for wrong in ([], [*given, {"Name": "Cuont", "Value": "1"}], [*given, {"Name": "Count", "Value": "many"}]):
        assert refused(start, PipelineName="parameters", PipelineParameters=wrong)[0] == "ValidationException"
    arn = bench.start("parameters", {"Word": "a", "Count": "4"})
    listed = bench.client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert listed == [{"Name": "Word", "Value": "a"}, {"Name": "Count", "Value": "4"}]
    bench.finish(arn)
    assert bench.steps(arn)["F"]["FailureReason"] == "a4"


def test_token_starts_one_execution(bench: Bench):
    bench.create("token", definition(fail("F"), parameters=(parameter("P", "String", "x"),)))
    token = "0" * 32
    arn = bench.start("token", ClientRequestToken=token)
    assert bench.start("token", ClientRequestToken=token) == arn
    assert bench.start("token") != arn
    other = [{"Name": "P", "Value": "y"}]
    code, _ = refused(
        bench.client.start_pipeline_execution,
        PipelineName="token",
        PipelineParameters=other,
        ClientRequestToken=token,
    )
    assert code == "ConflictException"


def test_token_starts_one_execution_for_concurrent_requests(bench: Bench):
    bench.create("contested-token", definition(fail("F")))
    with ThreadPoolExecutor(8) as pool:
        arns = set(pool.map(lambda _: bench.start("contested-token", ClientRequestToken="1" * 32), range(8)))
    assert len(arns) == 1
    listed = bench.client.list_pipeline_executions(PipelineName="contested-token")["PipelineExecutionSummaries"]
    assert {execution["PipelineExecutionArn"] for execution in listed} == arns


def test_description_shows_what_the_execution_was_started_with(bench: Bench):
    bench.create("start", definition(processing("A")), ParallelismConfiguration={"MaxParallelExecutionSteps": 9})
    arn = bench.start("start", PipelineExecutionDisplayName="nightly", PipelineExecutionDescription="by cron")
    bench.finish(arn)
    execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineExecutionDisplayName"] == "nightly"
    assert execution["PipelineExecutionDescription"] == "by cron"
    assert execution["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 9}
    assert "FailureReason" not in execution
    bench.client.update_pipeline_execution(PipelineExecutionArn=arn, PipelineExecutionDescription="by hand")
    execution = bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineExecutionDescription"] == "by hand"
    assert bench.client.describe_pipeline(PipelineName="start")["LastRunTime"] == execution["CreationTime"]


def test_execution_keeps_the_definition_it_was_started_with(bench: Bench):
    before = definition(fail("Before"))
    bench.create("kept", before)
    arn = bench.start("kept")
    bench.client.update_pipeline(PipelineName="kept", PipelineDefinition=definition(fail("After")))
    kept = bench.client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert kept["PipelineDefinition"] == before
    bench.finish(arn)
    assert list(bench.steps(arn)) == ["Before"]


def test_executions_are_listed_newest_first(bench: Bench):
    bench.create("history", definition(fail("F")))
    arns = [bench.start("history") for _ in range(3)]

    def listed(**request):
        answer = bench.client.list_pipeline_executions(PipelineName="history", **request)
        return [summary["PipelineExecutionArn"] for summary in answer["PipelineExecutionSummaries"]]

    assert listed() == arns[::-1]
    assert listed(SortOrder="Ascending") == arns
    assert listed(SortBy="PipelineExecutionArn", SortOrder="Ascending") == sorted(arns)
    assert listed(CreatedBefore=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)) == []
    assert refused(bench.client.list_pipeline_executions, PipelineName="absent")[0] == "ResourceNotFound"


@pytest.mark.parametrize("member", [{"MlflowExperimentName": "x"}, {"RoleArn": ROLE}])
def test_unsupported_member_is_refused_by_name(bench: Bench, member):
    code, message = refused(bench.client.start_pipeline_execution, PipelineName="any", **member)
    assert (code, next(iter(member)) in message) == ("ValidationException", True)


def test_retry_continues_a_failed_execution_where_it_failed(bench: Bench):
    look = "import os, sys; sys.exit('not yet' if not os.listdir('/opt/ml/processing/input/flag') else 0)"
    bench.put("flag/.keep", b"")
    check = processing(
        "Check", look.replace("os.listdir(", "'go' in os.listdir("), inputs={"flag": f"s3://{BUCKET}/flag/"}
    )
    text = definition(evaluate({"metrics": {"auc": [0.75]}}), gate(then=(check,)), parameters=(LEAST,))
    bench.create("retried", text)
    arn = bench.start("retried")
    assert bench.finish(arn) == "Failed"
    before = bench.steps(arn)
    assert before["Check"]["StepStatus"] == "Failed"
    bench.put("flag/go", b"")
    bench.client.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Succeeded"
    after = bench.steps(arn)
    assert list(after) == ["Evaluate", "Gate", "Check"]
    assert after["Evaluate"] == before["Evaluate"]
    assert after["Check"]["StepStatus"] == "Succeeded"
    assert "FailureReason" not in bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert refused(bench.client.retry_pipeline_execution, PipelineExecutionArn=arn)[0] == "ConflictException"


def test_execution_that_ended_in_a_fail_step_cannot_be_retried(bench: Bench):
    bench.create("ended-by-fail", definition(fail("Refuse", "not good enough")))
    arn = bench.start("ended-by-fail")
    assert bench.finish(arn) == "Failed"
    code, message = refused(bench.client.retry_pipeline_execution, PipelineExecutionArn=arn)
    assert (code, "Fail step Refuse" in message) == ("ConflictException", True)
    assert bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Failed"


def test_registered_model_names_its_execution_and_creates_its_group(bench: Bench):
    data = bench.put("model.tar.gz", b"model")
    group = parameter("Group", "String", "registered")
    text = definition(
        register("Register", get("Parameters.Group"), data, ModelApprovalStatus="Rejected"),
        processing("Use", environment={"ARN": get("Steps.Register.ModelPackageArn")}),
        parameters=(group,),
    )
    bench.create("register", text)
    arns = [bench.start("register") for _ in range(2)]
    assert [bench.finish(arn) for arn in arns] == ["Succeeded", "Succeeded"]
    packages = [bench.steps(arn)["Register"]["Metadata"]["RegisterModel"]["Arn"] for arn in arns]
    assert sorted(arn.rpartition(":")[2] for arn in packages) == [
        "model-package/registered/1",
        "model-package/registered/2",
    ]
    package = bench.client.describe_model_package(ModelPackageName=packages[0])
    assert package["MetadataProperties"]["GeneratedBy"] == arns[0]
    assert package["ModelApprovalStatus"] == "Rejected"


def test_register_model_step_asks_to_create_its_group_each_time(bench: Bench):
    data = bench.put("model.tar.gz", b"model")
    bench.client.create_model_package_group(ModelPackageGroupName="asked-for")
    bench.create("asks", definition(register("Register", "asked-for", data)))
    arn = bench.start("asks")
    assert bench.finish(arn) == "Succeeded", bench.steps(arn)
    lines = (bench.server.context.settings.data_dir / "calls.jsonl").read_text().splitlines()
    asked = [
        (line["operation"], line["outcome"])
        for line in map(json.loads, lines)
        if line["principal"] == ROLE and "asked-for" in json.dumps(line["request"])
    ]
    assert asked[:2] == [("CreateModelPackageGroup", "ValidationException"), ("CreateModelPackage", "ok")]


def test_job_that_somebody_stops_stops_its_step_and_what_waits_for_that_runs(bench: Bench):
    text = definition(processing("A", SLEEP), processing("B", DependsOn=[{"Step": "A", "Trigger": "Stopped"}]))
    bench.create("stopped-job", text)
    arn = bench.start("stopped-job")
    job = wait_until(lambda: bench.steps(arn).get("A", {}).get("Metadata", {}).get("ProcessingJob"))
    bench.client.stop_processing_job(ProcessingJobName=job["Arn"].rpartition("/")[2])

    assert bench.finish(arn) == "CompletedWithFailures"
    assert states_of(bench.steps(arn)) == {"A": "Stopped", "B": "Succeeded"}


def test_job_past_its_time_fails_its_step(bench: Bench):
    step = processing("A", SLEEP)
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    text = definition(step, processing("B", DependsOn=[{"Step": "A", "Trigger": "Stopped"}]))
    status, steps = bench.run("past-its-time", text)

    assert (status, list(steps)) == ("Failed", ["A"])
    assert steps["A"]["FailureReason"].startswith("MaxRuntimeExceeded")


def test_retry_runs_what_had_run_because_of_a_failure_again(bench: Bench):
    """The step that fails twice, the one after its failure, and none that had succeeded on its own."""
    fails = [{"Step": "B", "Trigger": "Failed"}]
    text = definition(
        processing("A"),
        processing("B", "raise SystemExit(1)", DependsOn=["A"]),
        processing("C", DependsOn=fails),
        processing("D", "raise SystemExit(1)", DependsOn=["C"]),
    )
    status, steps = bench.run("again-after-failure", text)
    assert (status, list(steps)) == ("Failed", ["A", "B", "C", "D"])
    arn = steps["A"]["Metadata"]["ProcessingJob"]["Arn"]
    execution = bench.client.list_pipeline_executions(PipelineName="again-after-failure")["PipelineExecutionSummaries"]
    bench.client.retry_pipeline_execution(PipelineExecutionArn=execution[0]["PipelineExecutionArn"])
    assert bench.finish(execution[0]["PipelineExecutionArn"]) == "Failed"
    again = bench.steps(execution[0]["PipelineExecutionArn"])

    assert again["A"]["Metadata"]["ProcessingJob"]["Arn"] == arn
    assert [again[name]["Metadata"] == steps[name]["Metadata"] for name in "BCD"] == [False] * 3


def test_execution_that_completed_with_failures_is_not_retried(bench: Bench):
    text = definition(
        processing("A", "raise SystemExit(1)"), processing("B", DependsOn=[{"Step": "A", "Trigger": "Any"}])
    )
    bench.create("with-failures", text)
    arn = bench.start("with-failures")
    assert bench.finish(arn) == "CompletedWithFailures"

    code, message = refused(bench.client.retry_pipeline_execution, PipelineExecutionArn=arn)
    assert (code, "its status is CompletedWithFailures" in message) == ("ConflictException", True)
    assert "FailureReason" not in bench.client.describe_pipeline_execution(PipelineExecutionArn=arn)
