"""The operations on functions: create, describe, list, change and delete them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from local_aws.contracts.tags import TAGS
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.lambda_.code_store import MAX_DIRECT_BYTES, MAX_UNPACKED_BYTES, CodeStore
from local_aws.services.lambda_.configuration import CONFIGURED, check_configuration
from local_aws.services.lambda_.errors import conflict, invalid
from local_aws.services.lambda_.records import LATEST, RESERVED, STATEMENTS, Functions, is_qualified

_MAX_NAME = 64

_TOTAL_CODE_BYTES = 80_530_636_800
_CONCURRENCY = 1000
"""Lambda's default quotas, which new accounts may have less of."""


class FunctionOperations:
    """Serves what concerns a function's configuration, code and reserved concurrency."""

    def __init__(self, functions: Functions, code: CodeStore, read_tags: Callable[[Request], dict[str, str]]) -> None:
        self._functions = functions
        self._read_tags = read_tags
        self._code = code
        self._packages = threading.Lock()
        """Held from keeping a package until the function's record names it: no other request deletes it meanwhile."""

    def create(self, request: Request) -> Answer:
        """Serve CreateFunction; the function can be invoked at once."""
        for member in ("Runtime", "Handler"):
            if member not in request:
                raise invalid(f"{member} is mandatory for functions created with deployment packages of type Zip")
        check_configuration(request)
        name = self._functions.name(request["FunctionName"])
        if len(name) > _MAX_NAME:
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member "
                f"must have length less than or equal to {_MAX_NAME}"
            )
        content = self._code.read(request["Code"])
        record: Record = {
            "FunctionName": name,
            "FunctionArn": self._functions.arn(name),
            "Description": "",
            "Timeout": 3,
            "MemorySize": 128,
            "Version": LATEST,
            "TracingConfig": {"Mode": "PassThrough"},
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": request.get("Architectures", ["x86_64"]),
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
            "RevisionId": str(uuid.uuid4()),
            TAGS: self._read_tags(request),
            RESERVED: None,
            STATEMENTS: [],
        }
        _configure(record, request)
        with self._packages:
            if self._functions.find(name) is not None:
                raise conflict(f"Function already exist: {name}")
            record.update(self._code.put(name, content))
            self._functions.add(name, record)
        return public(record)

    def get(self, request: Request) -> Answer:
        """Serve GetFunction; there is no URL to fetch the package from."""
        record = self._functions.requested(request)
        answer: Answer = {"Configuration": public(record), "Code": {"RepositoryType": "S3"}}
        if record[TAGS]:
            answer["Tags"] = record[TAGS]
        if record[RESERVED] is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": record[RESERVED]}
        return answer

    def get_configuration(self, request: Request) -> Answer:
        """Serve GetFunctionConfiguration."""
        return public(self._functions.requested(request))

    def list(self, request: Request) -> Answer:
        """Serve ListFunctions; each function has one version."""
        return {"Functions": map(public, self._functions.each())}

    def list_versions(self, request: Request) -> Answer:
        """Serve ListVersionsByFunction."""
        record = public(self._functions.requested(request))
        return {"Versions": [{**record, "FunctionArn": f"{record['FunctionArn']}:{LATEST}"}]}

    def update_code(self, request: Request) -> Answer:
        """Serve UpdateFunctionCode; invocations under way go on with the code that they started with."""
        name = self._functions.requested(request)["FunctionName"]
        content = self._code.read(request)

        def change(record: Record) -> None:
            record.update(package)
            record["LastModified"] = _timestamp()
            if "Architectures" in request:
                record["Architectures"] = request["Architectures"]

        with self._packages:
            package = self._code.put(name, content)
            try:
                return public(self._functions.revise(request, change))
            finally:
                self._code.keep_only(name, self._functions.get(name)["CodeSha256"])

    def update_configuration(self, request: Request) -> Answer:
        """Serve UpdateFunctionConfiguration."""
        check_configuration(request)
        return public(self._functions.revise(request, lambda record: _configure(record, request)))

    def delete(self, request: Request) -> Answer:
        """Serve DeleteFunction."""
        if is_qualified(request) and request["FunctionName"].endswith(f":{LATEST}"):
            raise invalid(f"{LATEST} version cannot be deleted without deleting the function.")
        name = self._functions.requested(request)["FunctionName"]
        with self._packages:
            self._functions.discard(name)
            self._code.forget(name)
        return {"StatusCode": 204}

    def get_account_settings(self, request: Request) -> Answer:
        """Serve GetAccountSettings: Lambda's default quotas, and what is left of its concurrency."""
        functions = list(self._functions.each())
        reserved = sum(record[RESERVED] or 0 for record in functions)
        return {
            "AccountLimit": {
                "TotalCodeSize": _TOTAL_CODE_BYTES,
                "CodeSizeUnzipped": MAX_UNPACKED_BYTES,
                "CodeSizeZipped": MAX_DIRECT_BYTES,
                "ConcurrentExecutions": _CONCURRENCY,
                "UnreservedConcurrentExecutions": _CONCURRENCY - reserved,
            },
            "AccountUsage": {
                "TotalCodeSize": sum(record["CodeSize"] for record in functions),
                "FunctionCount": len(functions),
            },
        }

    def put_concurrency(self, request: Request) -> Answer:
        """Serve PutFunctionConcurrency; 0 stops the function."""
        reserved = request["ReservedConcurrentExecutions"]
        self._functions.requested(request, LATEST)
        self._functions.revise(request, lambda record: record.update({RESERVED: reserved}))
        return {"ReservedConcurrentExecutions": reserved}

    def get_concurrency(self, request: Request) -> Answer:
        """Serve GetFunctionConcurrency; empty when nothing is reserved."""
        reserved = self._functions.requested(request)[RESERVED]
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_concurrency(self, request: Request) -> Answer:
        """Serve DeleteFunctionConcurrency."""
        self._functions.revise(request, lambda record: record.update({RESERVED: None}))
        return {}


def _configure(record: Record, request: Request) -> None:
    record.update(selected(request, CONFIGURED))
    record["LoggingConfig"].update(request.get("LoggingConfig", {}))
    record["LastModified"] = _timestamp()


def _timestamp() -> str:
    return now().isoformat(timespec="milliseconds").replace("+00:00", "+0000")
