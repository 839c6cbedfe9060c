"""The Glue catalog as Athena's statements use it, with failures in the words of Hive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from local_aws.kernel.context import Answer, Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.services.athena.errors import QueryFailedError

DEFAULT_DATABASE: Final = "default"


def repeated_name(names: Iterable[str]) -> str | None:
    """Return the first column name that was there before, in whatever case: Athena does not tell cases apart."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name.lower()
        seen.add(name.lower())
    return None


class GlueCatalog:
    """Databases, tables and partitions, and the objects of tables; called as whoever runs the query."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.objects = context.objects

    def call(self, operation: str, **request: Any) -> Answer:
        """Call an operation of Glue."""
        return self._context.call("glue", operation, request)

    def ensure_default_database(self) -> None:
        """Ask for the database ``default``, and create it if it does not exist, as Athena does before each query.

        Raises
        ------
        QueryFailedError
            The caller may not see it or may not create it.
        """
        try:
            if not self.has_database(DEFAULT_DATABASE):
                self.call("CreateDatabase", DatabaseInput={"Name": DEFAULT_DATABASE})
        except AwsError as error:
            # Another query may just have created it.
            if error.code != "AlreadyExistsException":
                raise QueryFailedError(
                    "FAILED",
                    f"MetaException(message:Unable to verify existence of default database: {error.message})",
                    "ddl",
                ) from error

    def change(self, operation: str, **request: Any) -> Answer:
        """Call an operation of Glue that changes the catalog; its error fails the statement."""
        try:
            return self.call(operation, **request)
        except AwsError as error:
            raise ddl_failure(f"{error.code}(message:{error.message})") from error

    def databases(self) -> Iterator[Answer]:
        """Yield Glue's ``Database`` structures."""
        return self._listing("GetDatabases", "DatabaseList")

    def tables(self, database: str) -> Iterator[Answer]:
        """Yield Glue's ``Table`` structures of a database."""
        return self._listing("GetTables", "TableList", DatabaseName=database)

    def partitions(self, table: Answer) -> Iterator[Answer]:
        """Yield Glue's ``Partition`` structures of a table."""
        return self._listing("GetPartitions", "Partitions", **address(table))

    def has_database(self, name: str) -> bool:
        """Return whether a database exists."""
        return self._find("GetDatabase", Name=name) is not None

    def find_table(self, database: str, name: str) -> Answer | None:
        """Return Glue's ``Table``, or None."""
        answer = self._find("GetTable", DatabaseName=database, Name=name)
        return None if answer is None else answer["Table"]

    def require_database(self, name: str) -> None:
        """Raise `QueryFailedError` for a database that does not exist."""
        if not self.has_database(name):
            raise semantic_failure(f"[Error 10072]: Database does not exist: {name}")

    def require_table(self, database: str, name: str) -> Answer:
        """Return Glue's ``Table``, or raise `QueryFailedError`."""
        table = self.find_table(database, name)
        if table is None:
            raise semantic_failure(f"[Error 10001]: Table not found {database}.{name}")
        return table

    def _find(self, operation: str, **request: Any) -> Answer | None:
        try:
            return self.call(operation, **request)
        except AwsError as error:
            if error.code == "EntityNotFoundException":
                return None
            raise

    def _listing(self, operation: str, member: str, **request: Any) -> Iterator[Answer]:
        token: dict[str, str] = {}
        while True:
            answer = self.call(operation, **request, **token)
            yield from answer[member]
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}


def address(table: Answer) -> dict[str, str]:
    """Return the members of a request that name a table."""
    return {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}


def folder_prefix(location: str) -> tuple[str, str]:
    """Return the bucket of a table's location, and the prefix of the keys below it."""
    bucket, prefix = split_uri(location)
    return bucket, prefix.rstrip("/") + "/" if prefix else ""


def ddl_failure(message: str) -> QueryFailedError:
    """Return the failure of a statement that Hive could not execute."""
    return QueryFailedError(
        "FAILED", f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}", "ddl"
    )


def semantic_failure(message: str) -> QueryFailedError:
    """Return the failure of a statement that names what does not exist."""
    return QueryFailedError("FAILED", f"SemanticException {message}", "ddl")
