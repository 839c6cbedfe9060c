"""The functions: create, describe, list, change and delete them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.lambda_.code_store import CodeStore, Package
from local_aws.services.lambda_.names import LATEST, function_arn, function_name, not_found
from local_aws.services.lambda_.requests import CODE, CONFIGURATION, CREATION, check_complete, check_configuration

KIND = "lambda-function"
TAGS = "_tags"
RESERVED = "_reserved_concurrency"
STATEMENTS = "_policy_statements"

_CONFIGURED = tuple(sorted(CONFIGURATION - {"FunctionName", "RevisionId", "LoggingConfig", "SnapStart"}))
_PAGE = 50
_MARKER = "Marker"


class Functions:
    """The functions, by name."""

    def __init__(self, context: Context, code: CodeStore) -> None:
        self._settings = context.settings
        self._records = context.records
        self._code = code
        self._packages = threading.Lock()
        """Held from keeping a package until the function's record names it: no other request deletes it meanwhile."""

    def find(self, request: Request) -> Record:
        """Return the record of the function that a request names by ``FunctionName`` and ``Qualifier``."""
        name = function_name(self._settings, request["FunctionName"], request.get("Qualifier"))
        return self.named(name)

    def named(self, name: str) -> Record:
        """Return the record of a function."""
        record = self._records.get(KIND, name)
        if record is None:
            raise not_found(function_arn(self._settings, name))
        return record

    def change(self, request: Request, change: Callable[[Record], None]) -> Record:
        """Change the function that a request names, atomically, and give it a new revision.

        Raises
        ------
        AwsError
            ``ResourceNotFoundException``; ``PreconditionFailedException`` when the request's ``RevisionId`` is not the
            function's; or what `change` raises.
        """

        def apply(record: Record) -> None:
            if request.get("RevisionId", record["RevisionId"]) != record["RevisionId"]:
                raise AwsError(
                    "PreconditionFailedException",
                    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
                    "API to retrieve the latest Revision Id",
                    412,
                    {"Type": "User"},
                )
            change(record)
            record["RevisionId"] = str(uuid.uuid4())

        name = self.find(request)["FunctionName"]
        try:
            return self._records.update(KIND, name, apply)
        except KeyError:
            raise not_found(function_arn(self._settings, name)) from None

    def create(self, request: Request) -> Answer:
        """Serve CreateFunction; the function can be invoked at once."""
        check_configuration(request, CREATION, "CreateFunction")
        only(request["Code"], ("ZipFile", "S3Bucket", "S3Key"), "Code", "InvalidParameterValueException")
        check_complete(request)
        name = function_name(self._settings, request["FunctionName"])
        content = self._code.read(request["Code"])
        record: Record = {
            "FunctionName": name,
            "FunctionArn": function_arn(self._settings, name),
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
            TAGS: dict(request.get("Tags", {})),
            RESERVED: None,
            STATEMENTS: [],
        }
        _configure(record, request)
        with self._packages:
            if self._records.get(KIND, name) is not None:
                raise _exists(name)
            _take_code(record, self._code.put(name, content))
            self._records.insert(KIND, name, record)
        return public(record)

    def get(self, request: Request) -> Answer:
        """Serve GetFunction; there is no URL to fetch the package from."""
        record = self.find(request)
        answer: Answer = {"Configuration": public(record), "Code": {"RepositoryType": "S3"}}
        if record[TAGS]:
            answer["Tags"] = record[TAGS]
        if record[RESERVED] is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": record[RESERVED]}
        return answer

    def get_configuration(self, request: Request) -> Answer:
        """Serve GetFunctionConfiguration."""
        return public(self.find(request))

    def list(self, request: Request) -> Answer:
        """Serve ListFunctions; each function has its one version."""
        records = [public(record) for record in self._records.list(KIND)]
        return _page("Functions", records, request)

    def list_versions(self, request: Request) -> Answer:
        """Serve ListVersionsByFunction: the one version, named as such."""
        record = public(self.find(request))
        version = {**record, "FunctionArn": f"{record['FunctionArn']}:{LATEST}"}
        return _page("Versions", [version], request)

    def update_code(self, request: Request) -> Answer:
        """Serve UpdateFunctionCode; invocations that run go on with the code that they began with."""
        only(request, CODE, "UpdateFunctionCode", "InvalidParameterValueException")
        name = self.find(request)["FunctionName"]
        content = self._code.read(request)

        def change(record: Record) -> None:
            _take_code(record, package)
            if "Architectures" in request:
                record["Architectures"] = request["Architectures"]

        with self._packages:
            package = self._code.put(name, content)
            try:
                return public(self.change(request, change))
            finally:
                self._code.keep_only(name, self.named(name)["CodeSha256"])

    def update_configuration(self, request: Request) -> Answer:
        """Serve UpdateFunctionConfiguration."""
        check_configuration(request, CONFIGURATION, "UpdateFunctionConfiguration")
        return public(self.change(request, lambda record: _configure(record, request)))

    def delete(self, request: Request) -> Answer:
        """Serve DeleteFunction."""
        name = self.find(request)["FunctionName"]
        with self._packages:
            self._records.delete(KIND, name)
            self._code.forget(name)
        return {"StatusCode": 204}


def _configure(record: Record, request: Request) -> None:
    record.update({member: request[member] for member in _CONFIGURED if member in request})
    record["LoggingConfig"].update(request.get("LoggingConfig", {}))
    record["LastModified"] = now().isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _take_code(record: Record, package: Package) -> None:
    record.update({"CodeSha256": package.digest, "CodeSize": package.size})
    record["LastModified"] = now().isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _page(member: str, items: list[Any], request: Request) -> Answer:
    chosen, marker = page(items, request, token_key=_MARKER, size_key="MaxItems", default=_PAGE)
    return {member: chosen, **({"NextMarker": marker} if marker else {})}


def _exists(name: str) -> AwsError:
    return AwsError("ResourceConflictException", f"Function already exist: {name}", 409, {"Type": "User"})
