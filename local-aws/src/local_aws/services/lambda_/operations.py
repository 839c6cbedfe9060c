"""Lambda's contract."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, operations
from local_aws.contracts.tags import TagErrors, TagForm, TagOperations
from local_aws.kernel.context import Context
from local_aws.kernel.records import Record
from local_aws.services.lambda_.code_store import CodeStore
from local_aws.services.lambda_.configuration import CONFIGURED, RUNTIMES
from local_aws.services.lambda_.errors import invalid
from local_aws.services.lambda_.event_source_mappings import EventSourceMappings
from local_aws.services.lambda_.functions import FunctionOperations
from local_aws.services.lambda_.invocations import Invocations, Invoker
from local_aws.services.lambda_.permissions import Permissions
from local_aws.services.lambda_.polling import Polling
from local_aws.services.lambda_.records import Functions, is_qualified
from local_aws.services.lambda_.sandbox import Sandbox
from local_aws.services.lambda_.work import EventQueue

_CONFIGURATION = (
    *CONFIGURED,
    *("FunctionName", "RevisionId", "LoggingConfig.LogFormat", "LoggingConfig.LogGroup", "SnapStart"),
)
_VALUES = {
    "LoggingConfig.LogFormat": ("Text",),
    "PackageType": ("Zip",),
    "Runtime": RUNTIMES,
    "SnapStart.ApplyOn": ("None",),
    "TracingConfig.Mode": ("PassThrough",),
}
_PACKAGE = ("ZipFile", "S3Bucket", "S3Key")
_PERMISSION = (
    *("FunctionName", "Qualifier", "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "RevisionId"),
)


def _pages(items: str) -> Pages:
    return Pages(items, size=50, token="Marker", limit="MaxItems", next_token="NextMarker")  # noqa: S106 (a member)


def build(context: Context) -> Service:
    """Build the service."""
    functions = Functions(context)
    code = CodeStore(context.objects, context.settings.data_dir / "lambda")
    sandbox = Sandbox(context, code)
    invoker = Invoker(functions, sandbox)
    queue = EventQueue(context.records, invoker.deliver, sandbox.give_up)
    permissions = Permissions(functions)
    mappings = EventSourceMappings(context, functions)
    polling = mappings.pollers = Polling(context, functions, mappings, invoker.run)

    def change_tagged(arn: str, change: Callable[[Record], None]) -> Record:
        if (mapping_id := mappings.name_of_arn(arn)) is not None:
            return mappings.change_tagged(mapping_id, change)
        if is_qualified({"FunctionName": arn}):
            raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
        return functions.change(functions.name(arn), change)

    tags = TagOperations(
        change_tagged,
        TagForm(resource="Resource", key=""),
        TagErrors(
            too_many=lambda: invalid("Number of tags exceeds resource tag limit."),
            none=lambda: invalid("An error occurred and the request cannot be processed."),
        ),
    )
    crud = FunctionOperations(functions, code, tags.read)
    creation = (*_CONFIGURATION, *(f"Code.{member}" for member in _PACKAGE), "PackageType", "Architectures", "Tags")
    invocation = ("FunctionName", "Qualifier", "InvocationType", "LogType", "Payload")
    contract = operations(
        "lambda",
        {
            "CreateFunction": Operation(crud.create, Members(creation, values=_VALUES)),
            "GetFunction": crud.get,
            "GetFunctionConfiguration": crud.get_configuration,
            "ListFunctions": Operation(crud.list, pages=_pages("Functions")),
            "ListVersionsByFunction": Operation(crud.list_versions, pages=_pages("Versions")),
            "UpdateFunctionCode": Operation(
                crud.update_code, Members((*_PACKAGE, "FunctionName", "Architectures", "RevisionId"))
            ),
            "UpdateFunctionConfiguration": Operation(
                crud.update_configuration, Members(_CONFIGURATION, values=_VALUES)
            ),
            "DeleteFunction": crud.delete,
            "GetAccountSettings": crud.get_account_settings,
            "PutFunctionConcurrency": crud.put_concurrency,
            "GetFunctionConcurrency": crud.get_concurrency,
            "DeleteFunctionConcurrency": crud.delete_concurrency,
            "Invoke": Operation(Invocations(functions, invoker, queue).invoke, Members(invocation)),
            "AddPermission": Operation(permissions.add, Members(_PERMISSION)),
            "RemovePermission": permissions.remove,
            "GetPolicy": permissions.get_policy,
            **mappings.operations(),
            **tags.table("TagResource", "UntagResource", "ListTags"),
        },
        error="InvalidParameterValueException",
    )

    def recover() -> None:
        queue.recover()
        polling.recover()

    def stop() -> None:
        polling.stop()
        queue.stop()

    return Service(contract, recover, stop)
