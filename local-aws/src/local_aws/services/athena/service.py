"""Puts the parts of Athena together."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.athena.data_catalog import DataCatalog
from local_aws.services.athena.failures import QueryFailedError
from local_aws.services.athena.query_executions import QueryExecutions
from local_aws.services.athena.query_records import QueryRecords
from local_aws.services.athena.query_runner import QueryRunner
from local_aws.services.athena.work_groups import WorkGroups


def build(context: Context) -> Service:
    """Make the service.

    Parameters
    ----------
    context
        The server's parts.

    Returns
    -------
    Service
    """
    records = QueryRecords(context.records)
    runner = QueryRunner(context, records)
    work_groups = WorkGroups(context)
    executions = QueryExecutions(context, work_groups, records, runner)
    catalog = DataCatalog(context)
    operations = {
        "StartQueryExecution": executions.start,
        "GetQueryExecution": executions.get,
        "BatchGetQueryExecution": executions.batch_get,
        "ListQueryExecutions": executions.list,
        "StopQueryExecution": executions.stop,
        "GetQueryResults": executions.results,
        "CreateWorkGroup": work_groups.create,
        "GetWorkGroup": work_groups.get,
        "ListWorkGroups": work_groups.list,
        "UpdateWorkGroup": work_groups.update,
        "DeleteWorkGroup": executions.delete_work_group,
        "ListTagsForResource": work_groups.tags,
        "TagResource": work_groups.tag,
        "UntagResource": work_groups.untag,
        "GetDataCatalog": catalog.get,
        "ListDataCatalogs": catalog.list,
        "GetDatabase": catalog.database,
        "ListDatabases": catalog.databases,
        "GetTableMetadata": catalog.table,
        "ListTableMetadata": catalog.tables,
    }

    def recover() -> None:
        records.fail_unfinished(
            QueryFailedError("GENERIC_INTERNAL_ERROR", "the server ended while the query ran; start it again", "engine")
        )

    return Service({("athena", name): handler for name, handler in operations.items()}, recover, runner.stop)
