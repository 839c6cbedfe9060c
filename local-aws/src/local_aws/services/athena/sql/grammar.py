"""Trino's grammar of queries: which texts are queries at all, and which types they name.

sqlglot parses dialects of many engines at once, and takes from any of them what Trino refuses: ``::``, ``ILIKE``,
``GROUP BY ALL``, ``SELECT * EXCLUDE``. So a text is held against Trino's own grammar first: ``SqlBase.g4`` of
trinodb/trino, from its rule ``query``. What the grammar has and sqlglot cannot parse is for others to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_TOKENS: Final = re.compile(
    r"""(?P<skipped>\s+|--[^\r\n]*|/\*.*?\*/)"""
    r"""|(?P<string>U&'(?:[^']|'')*'|X'[^']*'|'(?:[^']|'')*')"""
    r"""|(?P<quoted>"(?:[^"]|"")*")"""
    r"""|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:E[+-]?\d+)?(?![\w.]))"""
    r"""|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<symbol><=|>=|<>|!=|\|\||->|=>|[-=<>+*/%(),.;?\[\]])"""
    r"""|(?P<other>.)""",
    re.DOTALL | re.IGNORECASE,
)
_RESERVED_WORDS: Final = (
    "ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH "
    "CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP "
    "ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT "
    "INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME "
    "LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE THEN "
    "TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH"
)
_RESERVED: Final = frozenset(_RESERVED_WORDS.split())
_QUERY_STARTS: Final = frozenset({"SELECT", "VALUES", "TABLE", "WITH"})
_COMPARISONS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_INTERVAL_FIELDS: Final = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
_WITHOUT_ARGUMENTS: Final = frozenset({"CURRENT_DATE", "CURRENT_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA"})
_WITH_PRECISION: Final = frozenset({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
_JSON_FUNCTIONS: Final = frozenset({"JSON_ARRAY", "JSON_EXISTS", "JSON_OBJECT", "JSON_QUERY", "JSON_VALUE"})
_TYPE_NAMES: Final = (
    "array bigint boolean char date decimal double int integer interval ipaddress json map real row smallint time "
    "timestamp tinyint uuid varbinary varchar"
)
_TYPES: Final = frozenset(_TYPE_NAMES.split())


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    """As the grammar writes it: words that are not quoted are in capitals."""
    start: int


@dataclass(frozen=True)
class Call:
    """The call of a function, by its name in lower case, and where it starts."""

    name: str
    start: int


class GrammarError(ValueError):
    """Raised at the first token that no query of Trino's has there."""

    def __init__(self, token: str, start: int, expected: str) -> None:
        super().__init__(f"mismatched input '{token}'" + (f". Expecting: {expected}" if expected else ""))
        self.start = start


class UnknownTypeNameError(ValueError):
    """Raised for a query that casts to a type that Trino does not have, such as Hive's ``string``."""

    def __init__(self, name: str, start: int) -> None:
        super().__init__(f"Unknown type: {name}")
        self.start = start


def check_grammar(text: str) -> tuple[Call, ...]:
    """Return the function calls of a query, in the order in which they end.

    Raise `GrammarError` for a text that is not a query of Trino's, `UnknownTypeNameError` for an unknown type. A text
    that continues after a semicolon is accepted up to it. `RecursionError` is raised by what is nested deeply.
    """
    reader = _Reader(text)
    reader.query()
    if not reader.accept(";") and reader.token.kind != "end":
        raise reader.error()
    if reader.unknown_types:
        raise reader.unknown_types[0]
    return tuple(reader.calls)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKENS.finditer(text):
        kind = str(match.lastgroup)
        if kind == "word":
            yield _Token(kind, match.group().upper(), match.start())
        elif kind != "skipped":
            yield _Token(kind, match.group(), match.start())
    yield _Token("end", "<EOF>", len(text.rstrip()))


class _Reader:
    """A recogniser by recursive descent: a method per rule of the grammar, which consumes what it matches."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._position = 0
        self._no_query_at: set[int] = set()
        self.unknown_types: list[UnknownTypeNameError] = []
        self.calls: list[Call] = []

    @property
    def token(self) -> _Token:
        return self._tokens[self._position]

    def error(self, expected: str = "") -> GrammarError:
        token = self.token
        shown = token.text if token.kind == "end" else self._text[token.start : token.start + len(token.text)]
        return GrammarError(shown, token.start, expected)

    def accept(self, *words: str) -> bool:
        """Consume these tokens if they come next."""
        for distance, word in enumerate(words):
            if not self._next_is(word, distance):
                return False
        self._position += len(words)
        return True

    def query(self) -> None:
        if self.accept("WITH"):
            self.accept("RECURSIVE")
            self._list(self._named_query)
        self._query_term()
        if self.accept("ORDER", "BY"):
            self._list(self._sort_item)
        if self.accept("OFFSET"):
            self._row_count()
            _ = self.accept("ROW") or self.accept("ROWS")
        if self.accept("LIMIT"):
            _ = self.accept("ALL") or self._row_count()
        elif self.accept("FETCH"):
            _ = self.accept("FIRST") or self._expect("NEXT")
            if self.token.text not in ("ROW", "ROWS"):
                self._row_count()
            _ = self.accept("ROW") or self._expect("ROWS")
            if not self.accept("ONLY"):
                self._expect("WITH", "TIES")

    def _next_is(self, word: str, distance: int = 0) -> bool:
        if self._position + distance >= len(self._tokens):
            return False
        token = self._tokens[self._position + distance]
        return token.text == word and token.kind in ("word", "symbol")

    def _expect(self, *words: str) -> bool:
        for word in words:
            if not self.accept(word):
                raise self.error(word)
        return True

    def _list(self, item: Callable[[], object]) -> None:
        item()
        while self.accept(","):
            item()

    def _in_parentheses(self, item: Callable[[], object], *, empty: bool = False) -> None:
        self._expect("(")
        if not (empty and self._next_is(")")):
            self._list(item)
        self._expect(")")

    def _query_in_parentheses(self) -> None:
        self._expect("(")
        self.query()
        self._expect(")")

    def _is_identifier(self, distance: int = 0) -> bool:
        token = self._tokens[min(self._position + distance, len(self._tokens) - 1)]
        return token.kind == "quoted" or (token.kind == "word" and token.text not in _RESERVED)

    def _identifier(self) -> None:
        if not self._is_identifier():
            raise self.error()
        self._position += 1

    def _is_alias(self) -> bool:
        """Return whether a name without AS comes next, rather than a clause whose first word is not reserved."""
        if not self._is_identifier() or self.token.kind == "quoted":
            return self._is_identifier()
        word, following = self.token.text, self._tokens[self._position + 1]
        if word in ("LIMIT", "OFFSET"):
            return not (following.kind == "number" or following.text in ("ALL", "?"))
        if word == "FETCH":
            return following.text not in ("FIRST", "NEXT")
        if word == "WINDOW":
            return not (self._is_identifier(1) and self._next_is("AS", 2))
        if word == "TABLESAMPLE":
            return following.text not in ("BERNOULLI", "SYSTEM")
        return word != "MATCH_RECOGNIZE"

    def _qualified_name(self) -> None:
        self._identifier()
        while self.accept("."):
            self._identifier()

    def _string(self) -> None:
        if self.token.kind != "string":
            raise self.error("<string>")
        self._position += 1
        if self.accept("UESCAPE"):
            self._string()

    def _number(self) -> bool:
        if self.token.kind != "number":
            raise self.error("<integer>")
        self._position += 1
        return True

    def _row_count(self) -> bool:
        return self.accept("?") or self._number()

    def _named_query(self) -> None:
        self._identifier()
        if self._next_is("("):
            self._in_parentheses(self._identifier)
        self._expect("AS")
        self._query_in_parentheses()

    def _query_term(self) -> None:
        self._query_primary()
        while self.accept("UNION") or self.accept("EXCEPT") or self.accept("INTERSECT"):
            self._quantifier()
            self._query_primary()

    def _quantifier(self) -> None:
        _ = self.accept("DISTINCT") or self.accept("ALL")

    def _query_primary(self) -> None:
        if self.accept("SELECT"):
            self._select()
        elif self.accept("VALUES"):
            self._list(self._expression)
        elif self.accept("TABLE"):
            self._qualified_name()
        elif self._next_is("("):
            self._query_in_parentheses()
        else:
            raise self.error("<query>")

    def _select(self) -> None:
        self._quantifier()
        self._list(self._select_item)
        if self.accept("FROM"):
            self._list(self._relation)
        if self.accept("WHERE"):
            self._expression()
        if self.accept("GROUP", "BY"):
            self._quantifier()
            self._list(self._grouping_element)
        if self.accept("HAVING"):
            self._expression()
        if self.accept("WINDOW"):
            self._list(self._window_definition)

    def _select_item(self) -> None:
        if self.accept("*"):
            return
        self._expression()
        if self.accept(".", "*"):
            if self.accept("AS"):
                self._in_parentheses(self._identifier)
        elif self.accept("AS") or self._is_alias():
            self._identifier()

    def _grouping_element(self) -> None:
        if self.accept("ROLLUP") or self.accept("CUBE"):
            self._in_parentheses(self._grouping_set, empty=True)
        elif self.accept("GROUPING", "SETS"):
            self._in_parentheses(self._grouping_set)
        else:
            self._grouping_set()

    def _grouping_set(self) -> None:
        if not self.accept("(", ")"):
            self._expression()

    def _window_definition(self) -> None:
        self._identifier()
        self._expect("AS", "(")
        self._window_specification()
        self._expect(")")

    def _window_specification(self) -> None:
        if self._is_identifier() and self.token.text not in ("PARTITION", "RANGE", "ROWS", "GROUPS"):
            self._identifier()
        if self.accept("PARTITION"):
            self._expect("BY")
            self._list(self._expression)
        if self.accept("ORDER"):
            self._expect("BY")
            self._list(self._sort_item)
        if self.accept("RANGE") or self.accept("ROWS") or self.accept("GROUPS"):
            if self.accept("BETWEEN"):
                self._frame_bound()
                self._expect("AND")
            self._frame_bound()

    def _frame_bound(self) -> None:
        if self.accept("CURRENT", "ROW"):
            return
        if not self.accept("UNBOUNDED"):
            self._expression()
        _ = self.accept("PRECEDING") or self._expect("FOLLOWING")

    def _sort_item(self) -> None:
        self._expression()
        _ = self.accept("ASC") or self.accept("DESC")
        if self.accept("NULLS"):
            _ = self.accept("FIRST") or self._expect("LAST")

    def _relation(self) -> None:
        self._sampled_relation()
        while True:
            if self.accept("CROSS"):
                self._expect("JOIN")
                self._sampled_relation()
            elif self.accept("NATURAL"):
                self._join_type()
                self._expect("JOIN")
                self._sampled_relation()
            elif self._join_type() or self._next_is("JOIN"):
                self._expect("JOIN")
                self._relation()
                if self.accept("USING"):
                    self._in_parentheses(self._identifier)
                elif self.accept("ON"):
                    self._expression()
                else:
                    raise self.error("'ON', 'USING'")
            else:
                return

    def _join_type(self) -> bool:
        if self.accept("INNER"):
            return True
        if self.accept("LEFT") or self.accept("RIGHT") or self.accept("FULL"):
            self.accept("OUTER")
            return True
        return False

    def _sampled_relation(self) -> None:
        self._relation_primary()
        if self.accept("AS") or self._is_alias():
            self._identifier()
            if self._next_is("("):
                self._in_parentheses(self._identifier)
        if self.accept("MATCH_RECOGNIZE"):
            self._anything_in_parentheses()
        if self.accept("TABLESAMPLE"):
            _ = self.accept("BERNOULLI") or self._expect("SYSTEM")
            self._in_parentheses(self._expression)

    def _relation_primary(self) -> None:
        if self.accept("UNNEST"):
            self._in_parentheses(self._expression)
            if self.accept("WITH"):
                self._expect("ORDINALITY")
        elif self._next_is("LATERAL") and self._next_is("(", 1):
            self._position += 1
            self._query_in_parentheses()
        elif self._next_is("TABLE") or self._next_is("JSON_TABLE"):
            self._position += 1
            self._anything_in_parentheses()
        elif self._next_is("("):
            if not self._parenthesised_query():
                self._expect("(")
                self._relation()
                self._expect(")")
        else:
            self._qualified_name()
            if self._next_is("("):
                # A table function without TABLE(…): Trino has none, and `catalog_tables` says so by its name.
                self._anything_in_parentheses()
            elif self.accept("FOR"):
                _ = self.accept("TIMESTAMP") or self._expect("VERSION")
                self._expect("AS", "OF")
                self._value()

    def _parenthesised_query(self) -> bool:
        """Consume ``(query)`` if that comes next; a place where none is, is not tried again."""
        start = self._position
        distance = 0
        while self._next_is("(", distance):
            distance += 1
        token = self._tokens[min(start + distance, len(self._tokens) - 1)]
        if token.kind != "word" or token.text not in _QUERY_STARTS or start in self._no_query_at:
            return False
        if distance == 1:
            # Nothing else begins in this way: what is wrong is wrong in the query.
            self._query_in_parentheses()
            return True
        types, calls = len(self.unknown_types), len(self.calls)
        try:
            self._query_in_parentheses()
        except GrammarError:
            self._no_query_at.add(start)
            self._position = start
            del self.unknown_types[types:]
            del self.calls[calls:]
            return False
        return True

    def _anything_in_parentheses(self) -> None:
        self._expect("(")
        depth = 1
        while depth:
            if self.token.kind == "end":
                raise self.error(")")
            depth += {"(": 1, ")": -1}.get(self.token.text, 0)
            self._position += 1

    def _expression(self) -> None:
        self._negation()
        while self.accept("AND") or self.accept("OR"):
            self._negation()

    def _negation(self) -> None:
        while self.accept("NOT"):
            pass
        self._value()
        self._predicate()

    def _predicate(self) -> None:
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            self._position += 1
            if self.token.text in ("ALL", "SOME", "ANY") and self._next_is("(", 1):
                self._position += 1
                self._query_in_parentheses()
            else:
                self._value()
        elif self.accept("IS"):
            self.accept("NOT")
            if not self.accept("NULL"):
                self._expect("DISTINCT", "FROM")
                self._value()
        else:
            negated = self.accept("NOT")
            if self.accept("BETWEEN"):
                self._value()
                self._expect("AND")
                self._value()
            elif self.accept("IN"):
                if not self._parenthesised_query():
                    self._in_parentheses(self._expression)
            elif self.accept("LIKE"):
                self._value()
                if self.accept("ESCAPE"):
                    self._value()
            elif negated:
                raise self.error("'BETWEEN', 'IN', 'LIKE'")

    def _value(self) -> None:
        self._operand()
        while self.token.kind == "symbol" and self.token.text in ("+", "-", "*", "/", "%", "||"):
            self._position += 1
            self._operand()

    def _operand(self) -> None:
        while self.accept("-") or self.accept("+"):
            pass
        self._primary()
        while True:
            if self._next_is("[") or (self._next_is(".") and not self._next_is("*", 1)):
                if self.accept("["):
                    self._value()
                    self._expect("]")
                else:
                    self._expect(".")
                    self._identifier()
            elif self.accept("AT", "TIME", "ZONE"):
                if self.accept("INTERVAL"):
                    self._interval()
                else:
                    self._string()
            else:
                return

    def _primary(self) -> None:
        token = self.token
        if token.kind == "number" or self.accept("?"):
            self._position += token.kind == "number"
        elif token.kind == "string":
            self._string()
        elif token.text == "(" and token.kind == "symbol":
            self._parenthesised()
        elif token.kind == "word" and token.text in _SPECIAL and not self._is_plain_name():
            self._position += 1
            _SPECIAL[token.text](self)
            self.calls.append(Call(token.text.lower(), token.start))
        elif self._is_identifier():
            self._named()
        else:
            raise self.error("" if token.kind == "end" else "<expression>")

    def _is_plain_name(self) -> bool:
        """Return whether a word that is not reserved stands for a column here."""
        token = self.token
        if token.text in _RESERVED:
            return False
        if token.text == "INTERVAL":
            return not (
                self._tokens[self._position + 1].kind == "string" or self._tokens[self._position + 1].text in "+-"
            )
        return not self._next_is("[" if token.text == "ARRAY" else "(", 1)

    def _parenthesised(self) -> None:
        distance = 1
        while self._is_identifier(distance) and self._next_is(",", distance + 1):
            distance += 2
        closing = distance + self._is_identifier(distance)
        if self._next_is(")", closing) and self._next_is("->", closing + 1):
            self._position += closing + 2
            self._expression()
        elif not self._parenthesised_query():
            self._in_parentheses(self._expression)

    def _named(self) -> None:
        """Consume a column, a literal of a type, a lambda or the call of a function."""
        if self._next_is("->", 1):
            self._position += 2
            self._expression()
            return
        if self._next_is("DOUBLE") and self._next_is("PRECISION", 1):
            self._position += 1
        elif self._tokens[self._position + 1].kind == "string" and self.token.kind == "word":
            self._check_type(self.token)
        self._identifier()
        if self.token.kind == "string":
            self._string()
            return
        while self._next_is(".") and self._is_identifier(1):
            self._position += 2
        if self._next_is("("):
            name = self._tokens[self._position - 1]
            self._call()
            self.calls.append(Call(name.text.strip('"').lower(), name.start))
        elif self._next_is("OVER"):
            self._over()

    def _call(self) -> None:
        self._expect("(")
        if self.accept("*", ")"):
            pass
        elif not self.accept(")"):
            if not self._next_is("ORDER"):
                self._quantifier()
                self._list(self._expression)
            if self.accept("ORDER"):
                self._expect("BY")
                self._list(self._sort_item)
            self._expect(")")
        self._after_call()

    def _after_call(self) -> None:
        if self.accept("FILTER", "("):
            self._expect("WHERE")
            self._expression()
            self._expect(")")
        _ = self.accept("IGNORE", "NULLS") or self.accept("RESPECT", "NULLS")
        if self._next_is("OVER"):
            self._over()

    def _over(self) -> None:
        self._expect("OVER")
        if self.accept("("):
            self._window_specification()
            self._expect(")")
        else:
            self._identifier()

    def _case(self) -> None:
        if not self._next_is("WHEN"):
            self._expression()
        while True:
            self._expect("WHEN")
            self._expression()
            self._expect("THEN")
            self._expression()
            if not self._next_is("WHEN"):
                break
        if self.accept("ELSE"):
            self._expression()
        self._expect("END")

    def _cast(self) -> None:
        self._expect("(")
        self._expression()
        self._expect("AS")
        self._type()
        self._expect(")")

    def _type(self) -> None:
        if self._next_is("ROW") and self._next_is("(", 1):
            self._position += 1
            self._in_parentheses(self._row_field)
        elif self.accept("INTERVAL"):
            self._interval_fields()
        elif self.token.text in ("TIMESTAMP", "TIME") and self.token.kind == "word":
            self._position += 1
            if self._next_is("("):
                self._in_parentheses(self._number)
            _ = self.accept("WITH", "TIME", "ZONE") or self.accept("WITHOUT", "TIME", "ZONE")
        elif not self.accept("DOUBLE", "PRECISION"):
            self._generic_type()
        while self.accept("ARRAY"):
            if self.accept("["):
                self._number()
                self._expect("]")

    def _generic_type(self) -> None:
        token = self.token
        self._identifier()
        self._check_type(token)
        if token.text in ("ARRAY", "MAP") and self.accept("<"):
            self._list(self._type)
            self._expect(">")
        elif self._next_is("("):
            self._in_parentheses(self._type_parameter)

    def _check_type(self, token: _Token) -> None:
        name = token.text.strip('"').lower()
        if name not in _TYPES:
            shown = self._text[token.start : token.start + len(token.text)]
            self.unknown_types.append(UnknownTypeNameError(shown, token.start))

    def _type_parameter(self) -> None:
        if self.token.kind == "number":
            self._number()
        else:
            self._type()

    def _row_field(self) -> None:
        if self._is_identifier() and (self._is_identifier(1) or self._next_is("INTERVAL", 1)):
            # "DOUBLE PRECISION" and "BIGINT ARRAY" are types, not a field and its type.
            is_type = self._next_is("PRECISION", 1) or (self._next_is("ARRAY", 1) and not self._next_is("(", 2))
            if not is_type or self._is_identifier(2):
                self._identifier()
        self._type()

    def _interval(self) -> None:
        _ = self.accept("-") or self.accept("+")
        self._string()
        self._interval_fields()

    def _interval_fields(self) -> None:
        self._interval_field()
        if self.accept("TO"):
            self._interval_field()

    def _interval_field(self) -> None:
        if self.token.kind != "word" or self.token.text not in _INTERVAL_FIELDS:
            raise self.error("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
        self._position += 1

    def _exists(self) -> None:
        self._query_in_parentheses()

    def _extract(self) -> None:
        self._expect("(")
        self._identifier()
        self._expect("FROM")
        self._value()
        self._expect(")")

    def _position_in(self) -> None:
        self._expect("(")
        self._value()
        self._expect("IN")
        self._value()
        self._expect(")")

    def _substring(self) -> None:
        self._expect("(")
        self._expression()
        if self.accept("FROM"):
            self._value()
            if self.accept("FOR"):
                self._value()
        else:
            while self.accept(","):
                self._expression()
        self._expect(")")

    def _trim(self) -> None:
        self._expect("(")
        has_side = self.accept("LEADING") or self.accept("TRAILING") or self.accept("BOTH")
        if not (has_side and self._next_is("FROM")):
            self._value()
        if self.accept("FROM") or self.accept(","):
            self._value()
        self._expect(")")

    def _listagg(self) -> None:
        self._expect("(")
        self._quantifier()
        self._expression()
        if self.accept(","):
            self._string()
        if self.accept("ON"):
            self._expect("OVERFLOW")
            if not self.accept("ERROR"):
                self._expect("TRUNCATE")
                if self.token.kind == "string":
                    self._string()
                _ = self.accept("WITH") or self._expect("WITHOUT")
                self._expect("COUNT")
        self._expect(")", "WITHIN", "GROUP", "(", "ORDER", "BY")
        self._list(self._sort_item)
        self._expect(")")
        self._after_call()

    def _array(self) -> None:
        self._expect("[")
        if not self.accept("]"):
            self._list(self._expression)
            self._expect("]")

    def _row(self) -> None:
        self._in_parentheses(self._expression)

    def _grouping(self) -> None:
        self._in_parentheses(self._qualified_name, empty=True)

    def _normalize(self) -> None:
        self._expect("(")
        self._value()
        if self.accept(","):
            self._identifier()
        self._expect(")")

    def _keyword(self) -> None:
        """Consume a word that is an expression by itself."""

    def _with_precision(self) -> None:
        if self.accept("("):
            self._number()
            self._expect(")")

    def _json_function(self) -> None:
        self._anything_in_parentheses()


_SPECIAL: Final[dict[str, Callable[[_Reader], None]]] = {
    "ARRAY": _Reader._array,
    "CASE": _Reader._case,
    "CAST": _Reader._cast,
    "EXISTS": _Reader._exists,
    "EXTRACT": _Reader._extract,
    "FALSE": _Reader._keyword,
    "GROUPING": _Reader._grouping,
    "INTERVAL": _Reader._interval,
    "LISTAGG": _Reader._listagg,
    "NORMALIZE": _Reader._normalize,
    "NULL": _Reader._keyword,
    "POSITION": _Reader._position_in,
    "ROW": _Reader._row,
    "SUBSTRING": _Reader._substring,
    "TRIM": _Reader._trim,
    "TRUE": _Reader._keyword,
    "TRY_CAST": _Reader._cast,
    **dict.fromkeys(_WITHOUT_ARGUMENTS, _Reader._keyword),
    **dict.fromkeys(_WITH_PRECISION, _Reader._with_precision),
    **dict.fromkeys(_JSON_FUNCTIONS, _Reader._json_function),
}
"""Words that begin an expression of a form of their own."""
