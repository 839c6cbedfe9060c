"""A tokenizer for the statements that sqlglot does not parse: function preambles and Hive DDL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar, cast

from local_aws.services.athena.errors import MalformedQueryError, place

Item = TypeVar("Item")
TokenKind = Literal["word", "quoted", "string", "number", "symbol", "end"]

_SKIPPED: Final = r"(?P<skipped>\s+|--[^\n]*)"
_TOKENS: Final = r"|(?P<word>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<symbol>[^\s'\"`])"
_TRINO: Final = re.compile(
    _SKIPPED + r"|(?P<string>'(?:[^']|'')*')" + r'|(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)' + _TOKENS, re.DOTALL
)
_HIVE: Final = re.compile(
    _SKIPPED
    + r"|(?P<string>'(?:[^'\\]|\\.|'')*'|"
    + r'"(?:[^"\\]|\\.|"")*")'
    + r"|(?P<quoted>`(?:[^`]|``)*`)"
    + _TOKENS,
    re.DOTALL,
)
_HIVE_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|.)", re.DOTALL)
_HIVE_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}


@dataclass(frozen=True)
class Token:
    """A token: its text without quotes, and its place in the statement."""

    kind: TokenKind
    text: str
    start: int
    end: int


class TokenReader:
    """Reads a statement from left to right.

    Parameters
    ----------
    hive
        Whether strings follow Hive, with backslash escapes and double quotes, rather than Trino.
    """

    def __init__(self, sql: str, *, hive: bool = False) -> None:
        self._sql = sql
        self._hive = hive
        self._ahead: list[Token] = []
        self._position = 0
        self._consumed = 0
        # Searched once: looking for the end of each "/*" that has none would be quadratic.
        self._last_comment_end = sql.rfind("*/")

    def peek(self, distance: int = 0) -> Token:
        """Return the token after `distance` others, without consuming any."""
        while len(self._ahead) <= distance:
            self._ahead.append(self._scan())
        return self._ahead[distance]

    def next(self) -> Token:
        """Consume a token."""
        token = self.peek()
        self._ahead.pop(0)
        self._consumed = token.end
        return token

    def at_words(self, *words: str) -> bool:
        """Return whether these words come next, in any case."""
        return all(
            self.peek(distance).kind == "word" and self.peek(distance).text.upper() == word
            for distance, word in enumerate(words)
        )

    def accept_words(self, *words: str) -> bool:
        """Consume these words if they come next."""
        if not self.at_words(*words):
            return False
        for _ in words:
            self.next()
        return True

    def accept_symbol(self, symbol: str) -> bool:
        """Consume this symbol if it comes next."""
        token = self.peek()
        if token.kind != "symbol" or token.text != symbol:
            return False
        self.next()
        return True

    def expect_words(self, *words: str) -> None:
        """Consume these words, or raise `MalformedQueryError`."""
        if not self.accept_words(*words):
            raise self.mismatch(" ".join(words))

    def expect_symbol(self, symbol: str) -> None:
        """Consume this symbol, or raise `MalformedQueryError`."""
        if not self.accept_symbol(symbol):
            raise self.mismatch(f"'{symbol}'")

    def expect_string(self) -> str:
        """Consume a string and return its value, or raise `MalformedQueryError`."""
        if self.peek().kind != "string":
            raise self.mismatch("<string>")
        return self.next().text

    def expect_identifier(self) -> str:
        """Consume a name, quoted or not, and return it in lower case, or raise `MalformedQueryError`."""
        if self.peek().kind not in ("word", "quoted"):
            raise self.mismatch("<identifier>")
        return self.next().text.lower()

    def expect_list(self, take: Callable[[TokenReader], Item]) -> list[Item]:
        """Consume a list in parentheses, each of its items by `take`, or raise `MalformedQueryError`."""
        self.expect_symbol("(")
        items = [take(self)]
        while self.accept_symbol(","):
            items.append(take(self))
        self.expect_symbol(")")
        return items

    def expect_end(self) -> None:
        """Consume an optional semicolon and the end, or raise `MalformedQueryError`."""
        self.accept_symbol(";")
        if self.peek().kind != "end":
            raise self.mismatch("<EOF>")

    def text_since(self, start: int) -> str:
        """Return the statement's text from an offset to the end of the last consumed token."""
        return self._sql[start : self._consumed]

    def mismatch(self, expected: str, token: Token | None = None) -> MalformedQueryError:
        """Return the error for a token, by default the next one, in Athena's words."""
        token = token or self.peek()
        shown = token.text if token.kind != "end" else "<EOF>"
        return MalformedQueryError(
            f"{place(self._sql, token.start)}: mismatched input '{shown}'. Expecting: {expected}"
        )

    def _scan(self) -> Token:
        pattern = _HIVE if self._hive else _TRINO
        while self._position < len(self._sql):
            start = self._position
            if self._sql.startswith("/*", start) and start + 2 <= self._last_comment_end:
                self._position = self._sql.index("*/", start + 2) + 2
                continue
            match = pattern.match(self._sql, start)
            if match is None:
                raise MalformedQueryError(f"{place(self._sql, start)}: a quote is not closed")
            self._position = match.end()
            if match.lastgroup != "skipped":
                return self._token(match)
        return Token("end", "", len(self._sql), len(self._sql))

    def _token(self, match: re.Match[str]) -> Token:
        text = match.group()
        kind = cast("TokenKind", match.lastgroup)
        if kind in ("string", "quoted"):
            quote = text[0]
            text = text[1:-1].replace(quote * 2, quote)
            if kind == "string" and self._hive:
                text = _HIVE_ESCAPE.sub(_unescaped, text)
        return Token(kind, text, match.start(), match.end())


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    if len(escape) == 3:
        return chr(int(escape, 8))
    return _HIVE_LETTERS.get(escape, escape)
