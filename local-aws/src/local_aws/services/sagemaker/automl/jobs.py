"""AutoML jobs: a search for the best model in a child process, and the candidates that came of it.

A job that is stopped, or runs out of its time, keeps the candidates that were complete by then.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.limits import MB
from local_aws.kernel.objects import split_uri
from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import FINDS_LOCAL_AWS, Command
from local_aws.kernel.processes.container import ContainerFolder
from local_aws.kernel.records import Record
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.automl import artifacts
from local_aws.services.sagemaker.automl.archives import remember_archive
from local_aws.services.sagemaker.automl.candidates import best_of, describe_candidate, list_candidates
from local_aws.services.sagemaker.automl.containers import inference_environment, inference_image
from local_aws.services.sagemaker.automl.objectives import DEFAULT_OBJECTIVE
from local_aws.services.sagemaker.automl.plan import Channel, Plan
from local_aws.services.sagemaker.automl.progress import Dropped, Ended, Stage, Trained, progress_in
from local_aws.services.sagemaker.automl.requests import HONOURED, PROBLEM_TYPE, VALUES, channels_by_type, validate
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.resolution import installed_version
from local_aws.services.sagemaker.jobs.endings import Ending, JobStoppedError, clip, process_failure
from local_aws.services.sagemaker.jobs.job_store import SESSION, JobStore
from local_aws.services.sagemaker.resources import Kind

LOG_GROUP = "/aws/sagemaker/AutoMLJobs"
DEFAULT_SECONDS = 86_400

_MAX_PARTIAL_FAILURES = 5
_OUTPUT = "/opt/ml/output/data"
_MALLOC_TOP_PAD = 16 * MB
"""glibc gives memory back, and asks for it again, in steps of this size: by default each tree of a forest does both."""

_CANDIDATES = "_Candidates"
"""The private member of a job's record that holds its candidates."""


class AutoMLJobs(JobStore):
    """The AutoML jobs."""

    kind = Kind(
        resource="automl-job",
        member="AutoMLJob",
        summary=(
            "AutoMLJobName",
            "AutoMLJobArn",
            "AutoMLJobStatus",
            "AutoMLJobSecondaryStatus",
            "CreationTime",
            "EndTime",
            "LastModifiedTime",
            "FailureReason",
            "PartialFailureReasons",
        ),
        list_member="AutoMLJobSummaries",
        end_time="EndTime",
        taken_code="ResourceInUse",
        taken="AutoML job names must be unique, and {arn} exists already; choose another",
        missing_code="ResourceNotFound",
        missing="Could not find AutoML job {arn}",
    )
    honoured = HONOURED
    values = VALUES

    def operations(self) -> dict[str, Operation]:
        """Return the contract; jobs are listed by name unless the request says otherwise."""
        operations = super().operations()
        listing = operations["ListAutoMLJobs"]
        by_name = replace(listing, handler=lambda request: listing.handler({"SortBy": "Name", **request}))
        candidates = Operation(self.list_candidates, pages=Pages("Candidates"))
        return {**operations, "ListAutoMLJobs": by_name, "ListCandidatesForAutoMLJob": candidates}

    def validate(self, request: Request) -> None:
        """Check the request, and that its name is not taken in upper or lower case."""
        validate(request)
        _autogluon_version()
        name = request["AutoMLJobName"]
        if any(record["AutoMLJobName"].lower() == name.lower() for record in self._resources.list()):
            raise self.kind.taken_error(self._resources.arn(name))

    def list_candidates(self, request: Request) -> Answer:
        """Serve ListCandidatesForAutoMLJob: those that are complete, while the job runs too."""
        return list_candidates(self._resources.get(request["AutoMLJobName"]).get(_CANDIDATES, ()), request)

    def run(self, record: Record, running: Running) -> Ending:
        """Run the search, and keep the candidates that were complete when it ended."""
        name = record["AutoMLJobName"]
        criteria = record.get("AutoMLJobConfig", {}).get("CompletionCriteria", {})
        seconds = criteria.get("MaxAutoMLJobRuntimeInSeconds", DEFAULT_SECONDS)
        deadline = time.time() + seconds
        folder = ContainerFolder(self._context.jobs.folder("automl-jobs", name), own_root=False)
        self.update(name, "AnalyzingData")
        plan = self._plan(folder, record, seconds, deadline)
        watch = _SearchWatch(self, name, plan.objective)
        outcome = self.run_process(self._command(folder, record, plan), running, watch.read)
        members: Record = {}
        if watch.dropped:
            reasons = watch.dropped[:_MAX_PARTIAL_FAILURES]
            members["PartialFailureReasons"] = [{"PartialFailureMessage": clip(reason)} for reason in reasons]
        if outcome.end == "finished" and not outcome.succeeded:
            return Ending("Failed", {**members, "FailureReason": _reason(folder, outcome)})
        if not watch.trained:
            if outcome.end == "stopped":
                raise JobStoppedError
            reason = f"ClientError: no candidate was complete within MaxAutoMLJobRuntimeInSeconds {seconds}; raise it"
            return Ending("Failed", {**members, "FailureReason": reason})
        members |= self._keep(folder, record, watch.trained, plan.objective)
        folder.remove()
        if outcome.end == "stopped":
            return Ending("Stopped", members)
        return Ending("Completed", members, watch.final_status(outcome))

    def note_status(self, record: Record, status: str) -> None:
        """Move the secondary status on; what a job that is being stopped still does is not shown."""
        if record["AutoMLJobStatus"] != "Stopping" or status == "Stopping":
            record["AutoMLJobSecondaryStatus"] = status
        if status == "TrainingModels":
            completion = record.get("AutoMLJobConfig", {}).get("CompletionCriteria")
            record["ResolvedAttributes"] = {
                "AutoMLJobObjective": {"MetricName": _objective(record)},
                "ProblemType": PROBLEM_TYPE,
                **({"CompletionCriteria": completion} if completion else {}),
            }

    def _plan(self, folder: ContainerFolder, record: Record, seconds: float, deadline: float) -> Plan:
        """Fetch the data, and return the plan of the search."""
        # A missing bucket fails the job before the time is spent.
        self._context.objects.list(*split_uri(record["OutputDataConfig"]["S3OutputPath"]))
        channels = {}
        for kind, channel in channels_by_type(record).items():
            target = folder.path(f"/opt/ml/input/data/{kind}")
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            self._context.objects.download(uri, target)
            channels[kind] = Channel(str(target), uri, channel.get("CompressionType") == "Gzip")
        configuration = record.get("AutoMLJobConfig", {})
        criteria = configuration.get("CompletionCriteria", {})
        chosen = configuration.get("CandidateGenerationConfig", {}).get("AlgorithmsConfig", ())
        algorithms = [algorithm for entry in chosen for algorithm in entry["AutoMLAlgorithms"]]
        output = folder.path(_OUTPUT)
        output.mkdir(parents=True, exist_ok=True)
        return Plan(
            target=record["InputDataConfig"][0]["TargetAttributeName"],
            objective=_objective(record),
            training=channels["training"],
            validation=channels.get("validation"),
            validation_fraction=configuration.get("DataSplitConfig", {}).get("ValidationFraction"),
            algorithms=tuple(algorithms) or None,
            max_candidates=criteria.get("MaxCandidates"),
            seconds_per_candidate=criteria.get("MaxRuntimePerTrainingJobInSeconds"),
            seconds=seconds,
            deadline=deadline,
            output=str(output),
        )

    def _command(self, folder: ContainerFolder, record: Record, plan: Plan) -> Command:
        name = record["AutoMLJobName"]
        path = folder.path("/opt/ml/input/config/plan.json")
        path.parent.mkdir(parents=True)
        plan.write(path)
        return Command(
            job_id=self.job_id(name),
            arguments=("python3", "-m", "local_aws.services.sagemaker.automl.search", str(path)),
            folder=folder.folder,
            environment={
                **self._context.credentials.of_role(record["RoleArn"], SESSION),
                **FINDS_LOCAL_AWS,
                # One thread for the libraries too, as `candidate_search` says.
                "OMP_NUM_THREADS": "1",
                "MALLOC_TOP_PAD_": str(_MALLOC_TOP_PAD),
            },
            log_group=LOG_GROUP,
            log_stream=f"{name}/{int(time.time())}",
            timeout_seconds=max(0.0, plan.deadline - time.time()),
        )

    def _keep(self, folder: ContainerFolder, record: Record, trained: list[Trained], objective: str) -> Record:
        """Upload what the search has made, and return the members of the record about it."""
        name = record["AutoMLJobName"]
        uri = f"{record['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{name}"
        output = folder.path(_OUTPUT)
        for unfinished in output.rglob(".*"):
            unfinished.unlink()
        self._context.objects.upload(output, uri)
        image = inference_image(_autogluon_version(), self._context.settings.region)
        candidates = []
        for candidate in trained:
            archive = artifacts.archive_path(candidate.name)
            remember_archive(self._context.records, output / archive, name, candidate.name)
            container = {
                "Image": image,
                "ModelDataUrl": f"{uri}/{archive}",
                "Environment": inference_environment(candidate.model),
            }
            candidates.append(describe_candidate(candidate, objective, container))
        best = candidates[trained.index(best_of(trained, objective))]
        if _reported(output, best["CandidateName"]):
            best["CandidateProperties"]["CandidateArtifactLocations"] = {
                "Explainability": f"{uri}/{artifacts.EXPLAINABILITY}",
                "ModelInsights": f"{uri}/{artifacts.MODEL_INSIGHTS}",
            }
        notebook = f"{artifacts.NOTEBOOKS}/{artifacts.NOTEBOOK_FILE}"
        return {
            _CANDIDATES: candidates,
            "BestCandidate": best,
            "AutoMLJobArtifacts": {"DataExplorationNotebookLocation": f"{uri}/{notebook}"},
        }


class _SearchWatch:
    """Keeps the job's record up to date while its search runs."""

    def __init__(self, jobs: JobStore, name: str, objective: str) -> None:
        self._jobs = jobs
        self._name = name
        self._objective = objective
        self._ended: Ended | None = None
        self.trained: list[Trained] = []
        self.dropped: list[str] = []

    def read(self, line: str) -> None:
        """Read a line of the log."""
        match progress_in(line):
            case Stage(status=status):
                self._jobs.update(self._name, status)
            case Trained() as trained:
                self.trained.append(trained)
                candidates = [describe_candidate(candidate, self._objective) for candidate in self.trained]
                best = candidates[self.trained.index(best_of(self.trained, self._objective))]
                self._jobs.update(self._name, None, **{_CANDIDATES: candidates, "BestCandidate": best})
            case Dropped(reason=reason):
                self.dropped.append(reason)
            case Ended() as ended:
                self._ended = ended

    def final_status(self, outcome: Outcome) -> str | None:
        """Return the secondary status of a completed job where it is not ``Completed``."""
        if outcome.end == "timed-out" or self._ended is None or self._ended.end == "out-of-time":
            return "MaxAutoMLJobRuntimeReached"
        return "MaxCandidatesReached" if self._ended.end == "max-candidates" else None


def _reported(output: Path, candidate: str) -> bool:
    """Return whether a candidate's reports are there; a job that ended early has none."""
    files = (
        output / artifacts.EXPLAINABILITY / candidate / artifacts.EXPLANATION_FILE,
        output / artifacts.MODEL_INSIGHTS / candidate / artifacts.INSIGHTS_FILE,
    )
    return all(file.is_file() for file in files)


def _objective(record: Record) -> str:
    return record.get("AutoMLJobObjective", {}).get("MetricName", DEFAULT_OBJECTIVE)


def _reason(folder: ContainerFolder, outcome: Outcome) -> str:
    """Return why a search failed: what it wrote to ``output/failure``, else the tail of its log."""
    failure = folder.path("/opt/ml/output/failure")
    if failure.is_file():
        return clip(f"ClientError: {failure.read_text(encoding='utf-8')}")
    return process_failure("InternalServerError", outcome)


def _autogluon_version() -> str:
    version = installed_version("autogluon.tabular")
    if version is None:
        raise invalid(f"AutoML jobs need autogluon.tabular, which {sys.executable} does not have; install it")
    return version
