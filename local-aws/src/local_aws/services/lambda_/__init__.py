"""AWS Lambda: Python functions whose code really runs, each invocation in a child process."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.lambda_.code_store import CodeStore
from local_aws.services.lambda_.concurrency import Concurrency
from local_aws.services.lambda_.event_queue import EventQueue
from local_aws.services.lambda_.functions import Functions
from local_aws.services.lambda_.invocations import Invocations, Invoker
from local_aws.services.lambda_.permissions import Permissions
from local_aws.services.lambda_.sandbox import Sandbox
from local_aws.services.lambda_.tags import Tags


def build(context: Context) -> Service:
    """Put the service together."""
    code = CodeStore(context.objects, context.settings.data_dir / "lambda")
    functions = Functions(context, code)
    concurrency = Concurrency(functions)
    permissions = Permissions(functions)
    tags = Tags(functions)
    sandbox = Sandbox(context, code)
    invoker = Invoker(functions, concurrency, sandbox)
    queue = EventQueue(context.records, invoker.deliver, sandbox.give_up)
    invocations = Invocations(functions, invoker, queue.add)
    handlers = {
        "CreateFunction": functions.create,
        "GetFunction": functions.get,
        "GetFunctionConfiguration": functions.get_configuration,
        "ListFunctions": functions.list,
        "ListVersionsByFunction": functions.list_versions,
        "UpdateFunctionCode": functions.update_code,
        "UpdateFunctionConfiguration": functions.update_configuration,
        "DeleteFunction": functions.delete,
        "Invoke": invocations.invoke,
        "PutFunctionConcurrency": concurrency.put,
        "GetFunctionConcurrency": concurrency.get,
        "DeleteFunctionConcurrency": concurrency.delete,
        "AddPermission": permissions.add,
        "RemovePermission": permissions.remove,
        "GetPolicy": permissions.get_policy,
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "ListTags": tags.list,
    }
    operations = {("lambda", name): handler for name, handler in handlers.items()}
    return Service(operations, recover=queue.recover, stop=queue.stop)
