"""The Tuning step: its job, its properties, and when it is cached."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    ROLE,
    Node,
    definition,
    get,
    join,
    parameter,
    processing,
)

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
_SCRIPT = """
import sys
rate = sys.argv[sys.argv.index("--rate") + 1]
open("/opt/ml/model/rate", "w").write(rate)
print("score:", rate)
"""


def _source(bench: Bench, name: str) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("train.py")
        entry.size = len(_SCRIPT)
        archive.addfile(entry, io.BytesIO(_SCRIPT.encode()))
    return bench.put(f"{name}/sourcedir.tar.gz", buffer.getvalue())


def _tuning(source: str, **members: Any) -> Node:
    """Return a Tuning step named Tune over two rates, of which 0.5 is the better."""
    arguments = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": get("Parameters.Direction"), "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "rate", "Values": ["0.5", "0.1"]}]},
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": source},
            "AlgorithmSpecification": {
                "TrainingImage": _IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "score", "Regex": "score: ([0-9.]+)"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tuned"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    }
    return {"Name": "Tune", "Type": "Tuning", "Arguments": arguments, **members}


_DIRECTION = parameter("Direction", default="Maximize")


@pytest.mark.usefixtures("own_root")
def test_next_steps_use_the_best_training_jobs(bench: Bench) -> None:
    names = {
        "BEST": get("Steps.Tune.BestTrainingJob.TrainingJobName"),
        "SECOND": get("Steps.Tune.TrainingJobSummaries[1].TrainingJobName"),
    }
    model = join(f"s3://{BUCKET}", "tuned", get("Steps.Tune.TrainingJobSummaries[0].TrainingJobName"), on="/")
    model = join(model, "output/model.tar.gz", on="/")
    read = "import os, tarfile; files = tarfile.open('/opt/ml/processing/input/model/model.tar.gz')"
    write = "open('/opt/ml/processing/output/out/out.txt', 'w')"
    code = f"{read}; print(os.environ['BEST'], os.environ['SECOND'], files.extractfile('rate').read(), file={write})"
    use = processing("Use", code, inputs={"model": model}, outputs=("out",), environment=names)
    text = definition(_tuning(_source(bench, "best")), use, parameters=(_DIRECTION,))

    status, steps = bench.run("best", text)

    assert status == "Succeeded", steps
    arn = steps["Tune"]["Metadata"]["TuningJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert len(name) <= 32
    job = bench.client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    used = bench.client.describe_processing_job(
        ProcessingJobName=steps["Use"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    )
    output = used["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    best, second, rate = bench.read(f"{output}/out.txt").decode().split()
    assert best == job["BestTrainingJob"]["TrainingJobName"]
    assert best.startswith(f"{name}-001-")
    assert second.startswith(f"{name}-002-")
    assert rate == "b'0.5'"


@pytest.mark.usefixtures("own_root")
def test_step_is_cached_unless_what_it_searches_changes(bench: Bench) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    bench.create("cached", definition(_tuning(_source(bench, "cached"), **cached), parameters=(_DIRECTION,)))
    runs = [bench.start("cached", {"Direction": "Maximize"})]
    bench.finish(runs[0])
    for direction in ("Maximize", "Minimize"):
        runs.append(bench.start("cached", {"Direction": direction}))
        assert bench.finish(runs[-1]) == "Succeeded"

    first, again, other = (bench.steps(arn)["Tune"] for arn in runs)
    assert again["CacheHitResult"] == {"SourcePipelineExecutionArn": runs[0]}
    assert again["Metadata"] == first["Metadata"]
    assert "CacheHitResult" not in other


def test_ill_formed_arguments_are_refused_when_the_pipeline_is_created(bench: Bench) -> None:
    step = _tuning("s3://bucket/source")
    del step["Arguments"]["HyperParameterTuningJobConfig"]["ResourceLimits"]
    code, message = refused(bench.create, name="ill-formed", text=definition(step, parameters=(_DIRECTION,)))

    assert code == "ValidationException"
    assert "HyperParameterTuningJobConfig lacks the member 'ResourceLimits'" in message
