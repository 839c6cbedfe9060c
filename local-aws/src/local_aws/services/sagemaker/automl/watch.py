"""The progress of a search, read from its log."""

from __future__ import annotations

from local_aws.kernel.processes.child import Outcome
from local_aws.services.sagemaker.automl.candidates import best_of, describe_candidate
from local_aws.services.sagemaker.automl.progress import Dropped, Ended, Stage, Trained, progress_in
from local_aws.services.sagemaker.jobs.job_store import JobStore

CANDIDATES = "_Candidates"
"""The private member of a job's record that holds its candidates."""


class SearchWatch:
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
                self._jobs.update(self._name, None, **{CANDIDATES: candidates, "BestCandidate": best})
            case Dropped(reason=reason):
                self.dropped.append(reason)
            case Ended() as ended:
                self._ended = ended

    def final_status(self, outcome: Outcome) -> str | None:
        """Return the secondary status of a completed job where it is not ``Completed``."""
        if outcome.end == "timed-out" or self._ended is None or self._ended.end == "out-of-time":
            return "MaxAutoMLJobRuntimeReached"
        return "MaxCandidatesReached" if self._ended.end == "max-candidates" else None
