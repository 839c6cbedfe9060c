"""The preamble ``USING EXTERNAL FUNCTION name(x type, …) RETURNS type SAGEMAKER 'endpoint' [, …]`` of a query.

Contract: https://docs.aws.amazon.com/athena/latest/ug/ml-syntax.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from local_aws.services.athena.errors import MalformedQueryError, not_supported, place
from local_aws.services.athena.sql.tokens import TokenReader
from local_aws.services.athena.sql.type_names import CatalogType, expect_type

CURRENT_FORM: Final = "USING EXTERNAL FUNCTION name(argument type, ...) RETURNS type SAGEMAKER 'endpoint' SELECT ..."
_NOT_SCALAR: Final = frozenset({"array", "map", "struct", "binary", "varbinary"})


@dataclass(frozen=True)
class ExternalFunction:
    """A function of a query that a SageMaker endpoint computes; its name is in lower case, for calls in any case."""

    name: str
    parameters: tuple[CatalogType, ...]
    returns: CatalogType
    endpoint: str
    duckdb_name: str
    """The declared name may be a keyword in DuckDB."""


def split_preamble(sql: str) -> tuple[tuple[ExternalFunction, ...], str]:
    """Return the external functions of a query, and the query with their declarations blanked out.

    Positions in the text stay the same. Raise `MalformedQueryError` if the declarations are not well-formed, or in the
    form of the preview of 2020.
    """
    reader = TokenReader(sql)
    if not reader.accept_words("USING"):
        return (), sql
    if reader.at_words("FUNCTION"):
        raise MalformedQueryError(
            f"{place(sql, reader.peek().start)}: USING FUNCTION ... TYPE SAGEMAKER_INVOKE_ENDPOINT was the preview's "
            f"form and is no longer accepted; write {CURRENT_FORM}"
        )
    functions: dict[str, ExternalFunction] = {}
    while not functions or reader.accept_symbol(","):
        start = reader.peek().start
        reader.accept_words("USING")
        function = _function(reader, f"external_function_{len(functions)}")
        if function.name in functions:
            raise MalformedQueryError(f"{place(sql, start)}: function '{function.name}' is declared twice")
        functions[function.name] = function
    body = reader.peek().start
    blank = "".join(character if character == "\n" else " " for character in sql[:body])
    return tuple(functions.values()), blank + sql[body:]


def _function(reader: TokenReader, duckdb_name: str) -> ExternalFunction:
    def parameter(reader: TokenReader) -> CatalogType:
        reader.expect_identifier()
        return _scalar_type(reader)

    reader.expect_words("EXTERNAL", "FUNCTION")
    name = reader.expect_identifier()
    parameters = tuple(reader.expect_list(parameter))
    reader.expect_words("RETURNS")
    returns = _scalar_type(reader)
    if reader.at_words("LAMBDA"):
        raise not_supported(f"external functions of AWS Lambda (function '{name}'), only of SAGEMAKER")
    if reader.at_words("TYPE"):
        raise MalformedQueryError(f"TYPE SAGEMAKER_INVOKE_ENDPOINT is no longer accepted; write {CURRENT_FORM}")
    reader.expect_words("SAGEMAKER")
    return ExternalFunction(name, parameters, returns, reader.expect_string(), duckdb_name)


def _scalar_type(reader: TokenReader) -> CatalogType:
    first = reader.peek()
    scalar = expect_type(reader, "<scalar type>")
    if scalar.name in _NOT_SCALAR:
        raise reader.mismatch("<scalar type>", first)
    return scalar
