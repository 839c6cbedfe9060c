"""The operations of Athena."""

from __future__ import annotations

from local_aws.contracts.operations import Operation, Pages, Service, operations
from local_aws.kernel.context import Context
from local_aws.kernel.work import SERVER_STOPPED
from local_aws.services.athena.catalog.glue import GlueCatalog
from local_aws.services.athena.data_catalog import DataCatalog
from local_aws.services.athena.errors import internal_error
from local_aws.services.athena.query_executions import QueryExecutions
from local_aws.services.athena.records import QueryRecords
from local_aws.services.athena.work import QueryRunner
from local_aws.services.athena.work_groups import WorkGroups


def build(context: Context) -> Service:
    """Build the service."""
    records = QueryRecords(context.records)
    catalog = GlueCatalog(context)
    runner = QueryRunner(context, records, catalog)
    work_groups = WorkGroups(context)
    executions = QueryExecutions(context, work_groups, records, runner)
    data_catalog = DataCatalog(catalog)
    contract = operations(
        "athena",
        {
            "StartQueryExecution": executions.start,
            "GetQueryExecution": executions.get,
            "BatchGetQueryExecution": executions.batch_get,
            "ListQueryExecutions": Operation(executions.list, pages=Pages("QueryExecutionIds", 50)),
            "StopQueryExecution": executions.stop,
            "GetQueryResults": executions.results,
            "CreateWorkGroup": work_groups.create,
            "GetWorkGroup": work_groups.get,
            "ListWorkGroups": Operation(work_groups.list, pages=Pages("WorkGroups", 50)),
            "UpdateWorkGroup": work_groups.update,
            "DeleteWorkGroup": executions.delete_work_group,
            "TagResource": work_groups.tag,
            "UntagResource": work_groups.tags.untag,
            "ListTagsForResource": work_groups.tags.list,
            "GetDataCatalog": data_catalog.get,
            "ListDataCatalogs": Operation(data_catalog.list, pages=Pages("DataCatalogsSummary", 50)),
            "GetDatabase": data_catalog.database,
            "ListDatabases": Operation(data_catalog.databases, pages=Pages("DatabaseList", 50)),
            "GetTableMetadata": data_catalog.table,
            "ListTableMetadata": Operation(data_catalog.tables, pages=Pages("TableMetadataList", 50)),
        },
        error="InvalidRequestException",
    )
    stopped = internal_error(f"{SERVER_STOPPED}; start the query again")
    return Service(contract, lambda: records.fail_unfinished(stopped), runner.stop)
