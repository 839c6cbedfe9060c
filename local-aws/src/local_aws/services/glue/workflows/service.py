"""Puts triggers and workflows together."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.glue.crawler_records import CrawlerRecords
from local_aws.services.glue.crawls import Crawls
from local_aws.services.glue.job_records import JobRecords
from local_aws.services.glue.job_runs import JobRuns
from local_aws.services.glue.workflows.chains import Chains
from local_aws.services.glue.workflows.trigger_records import TriggerRecords
from local_aws.services.glue.workflows.trigger_switch import TriggerSwitch
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords
from local_aws.services.glue.workflows.workflow_runs import WorkflowRuns
from local_aws.services.glue.workflows.workflows import Workflows


def build(context: Context, jobs: JobRecords, job_runs: JobRuns, crawlers: CrawlerRecords, crawls: Crawls) -> Service:
    """Return the operations of triggers and workflows, over Glue's jobs and crawlers."""
    definitions = WorkflowRecords(context)
    triggers = TriggerRecords(context, jobs, crawlers, definitions)
    chains = Chains(context, triggers, job_runs, crawls)
    runs = WorkflowRuns(context, definitions, triggers, chains, job_runs)
    workflows = Workflows(definitions, triggers, runs)
    switch = TriggerSwitch(triggers, chains, runs)
    handlers = {
        "CreateTrigger": triggers.create,
        "GetTrigger": triggers.get,
        "GetTriggers": triggers.get_all,
        "ListTriggers": triggers.list_names,
        "BatchGetTriggers": triggers.batch_get,
        "UpdateTrigger": triggers.update,
        "DeleteTrigger": triggers.delete,
        "StartTrigger": switch.start,
        "StopTrigger": switch.stop,
        "CreateWorkflow": definitions.create,
        "GetWorkflow": workflows.get,
        "BatchGetWorkflows": workflows.batch_get,
        "ListWorkflows": definitions.list_names,
        "UpdateWorkflow": definitions.update,
        "DeleteWorkflow": workflows.delete,
        "StartWorkflowRun": runs.start,
        "GetWorkflowRun": runs.get,
        "GetWorkflowRuns": runs.get_all,
        "StopWorkflowRun": runs.stop,
        "GetWorkflowRunProperties": runs.get_properties,
        "PutWorkflowRunProperties": runs.put_properties,
    }
    return Service({("glue", name): handler for name, handler in handlers.items()}, chains.recover, chains.close)
