"""Glue's contract, and its life cycle."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.contracts.tags import TagForm, TagOperations
from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.glue import crawler_records, job_records
from local_aws.services.glue.crawler_records import DEFINITION, CrawlerRecords
from local_aws.services.glue.crawls import Crawls
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.job_records import REFUSED, JobRecords
from local_aws.services.glue.job_runs import JobRuns
from local_aws.services.glue.workflows import trigger_records, workflow_records
from local_aws.services.glue.workflows.chains import Chains
from local_aws.services.glue.workflows.trigger_records import TriggerRecords
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords
from local_aws.services.glue.workflows.workflow_runs import WorkflowRuns

_TAGGED = {
    "job": job_records.KIND,
    "crawler": crawler_records.KIND,
    "trigger": trigger_records.KIND,
    "workflow": workflow_records.KIND,
}
"""The kind of record for each type of resource that ARNs name."""
_RUN = Members(
    refused=("ExecutionRoleSessionPolicy", "JobRunQueuingEnabled", "NotificationProperty", "SecurityConfiguration")
)


def build(context: Context) -> Service:
    """Build the service."""
    jobs = JobRecords(context)
    runs = JobRuns(context, jobs)
    crawlers = CrawlerRecords(context)
    crawls = Crawls(context, crawlers)
    workflows = WorkflowRecords(context)
    triggers = TriggerRecords(context, jobs, crawlers, workflows)
    chains = Chains(context, triggers, runs, crawls)
    workflow_runs = WorkflowRuns(context, workflows, triggers, chains, runs)
    tags = TagOperations(_tagged(context), TagForm(tags="TagsToAdd", keys="TagsToRemove", key=""))

    def recover() -> None:
        runs.recover()
        crawls.recover()
        chains.recover()

    def stop() -> None:
        chains.close()
        runs.stop()
        crawls.stop()

    table: Table = {
        "CreateJob": Operation(jobs.create, Members(refused=REFUSED)),
        "GetJob": jobs.get,
        "GetJobs": Operation(jobs.get_all, pages=Pages("Jobs")),
        "ListJobs": Operation(jobs.list_names, pages=Pages("JobNames")),
        "UpdateJob": Operation(jobs.update, Members(refused=tuple(f"JobUpdate.{member}" for member in REFUSED))),
        "DeleteJob": jobs.delete,
        "StartJobRun": Operation(runs.start, _RUN),
        "GetJobRun": runs.get,
        "GetJobRuns": Operation(runs.get_all, pages=Pages("JobRuns")),
        "BatchStopJobRun": runs.batch_stop,
        "CreateCrawler": Operation(crawlers.create, DEFINITION),
        "GetCrawler": crawlers.get,
        "GetCrawlers": Operation(crawlers.get_all, pages=Pages("Crawlers")),
        "ListCrawlers": Operation(crawlers.list_names, pages=Pages("CrawlerNames")),
        "UpdateCrawler": Operation(crawlers.update, DEFINITION),
        "DeleteCrawler": crawlers.delete,
        "StartCrawler": crawls.start,
        "StopCrawler": crawls.stop_one,
        "CreateTrigger": triggers.create,
        "GetTrigger": triggers.get,
        "GetTriggers": Operation(triggers.get_all, pages=Pages("Triggers")),
        "ListTriggers": Operation(triggers.list_names, pages=Pages("TriggerNames")),
        "BatchGetTriggers": triggers.batch_get,
        "UpdateTrigger": triggers.update,
        "DeleteTrigger": triggers.delete,
        "StartTrigger": workflow_runs.start_trigger,
        "StopTrigger": triggers.stop,
        "CreateWorkflow": workflows.create,
        "GetWorkflow": workflow_runs.get_workflow,
        "BatchGetWorkflows": workflow_runs.batch_get_workflows,
        "ListWorkflows": Operation(workflows.list_names, pages=Pages("Workflows", size=25)),
        "UpdateWorkflow": workflows.update,
        "DeleteWorkflow": workflow_runs.delete_workflow,
        "StartWorkflowRun": workflow_runs.start,
        "GetWorkflowRun": workflow_runs.get,
        "GetWorkflowRuns": Operation(workflow_runs.get_all, pages=Pages("Runs")),
        "StopWorkflowRun": workflow_runs.stop,
        "GetWorkflowRunProperties": workflow_runs.get_properties,
        "PutWorkflowRunProperties": workflow_runs.put_properties,
        **tags.table("TagResource", "UntagResource", "GetTags"),
    }
    return Service(operations("glue", table, error="InvalidInputException"), recover, stop)


def _tagged(context: Context) -> Callable[[str, Callable[[Record], None]], Record]:
    """Return the change of the record of a resource that an ARN names."""
    prefix = context.settings.arn("glue", "")

    def change(arn: str, change: Callable[[Record], None]) -> Record:
        kind, _, name = arn.removeprefix(prefix).partition("/")
        if kind not in _TAGGED:
            supported = ", ".join(_TAGGED)
            raise invalid(f"local_aws supports tags of Glue's {supported}; {arn} is not one")
        try:
            return context.records.update(_TAGGED[kind], name, change)
        except KeyError:
            raise AwsError("EntityNotFoundException", f"There is no {kind} {name}: {arn}") from None

    return change
