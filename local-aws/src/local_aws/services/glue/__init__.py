"""AWS Glue: jobs whose scripts run, crawlers that read, and workflows of both. The catalog itself is moto's."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.glue import crawler_records, job_records
from local_aws.services.glue.crawler_records import CrawlerRecords
from local_aws.services.glue.crawls import Crawls
from local_aws.services.glue.job_records import JobRecords
from local_aws.services.glue.job_runs import JobRuns
from local_aws.services.glue.tags import Tags
from local_aws.services.glue.workflows import service as workflows_service
from local_aws.services.glue.workflows import trigger_records, workflow_records


def build(context: Context) -> Service:
    """Put the service together."""
    kinds = {
        "job": job_records.KIND,
        "crawler": crawler_records.KIND,
        "trigger": trigger_records.KIND,
        "workflow": workflow_records.KIND,
    }
    tags = Tags(context, kinds)
    jobs = JobRecords(context)
    runs = JobRuns(context, jobs)
    crawlers = CrawlerRecords(context)
    crawls = Crawls(context, crawlers)
    workflows = workflows_service.build(context, jobs, runs, crawlers, crawls)

    def recover() -> None:
        runs.recover()
        crawls.recover()
        workflows.recover()

    def stop() -> None:
        workflows.stop()
        runs.stop()
        crawls.stop()

    handlers = {
        "CreateJob": jobs.create,
        "GetJob": jobs.get,
        "GetJobs": jobs.get_all,
        "ListJobs": jobs.list_names,
        "UpdateJob": jobs.update,
        "DeleteJob": jobs.delete,
        "StartJobRun": runs.start,
        "GetJobRun": runs.get,
        "GetJobRuns": runs.get_all,
        "BatchStopJobRun": runs.batch_stop,
        "CreateCrawler": crawlers.create,
        "GetCrawler": crawlers.get,
        "GetCrawlers": crawlers.get_all,
        "ListCrawlers": crawlers.list_names,
        "UpdateCrawler": crawlers.update,
        "DeleteCrawler": crawlers.delete,
        "StartCrawler": crawls.start,
        "StopCrawler": crawls.stop_one,
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "GetTags": tags.get,
    }
    own = {("glue", name): handler for name, handler in handlers.items()}
    return Service({**own, **workflows.operations}, recover, stop)
