"""Wildcard patterns, matched without backtracking.

A pattern is an automaton whose states are the bits of one integer; reading a character moves all of them at once. The
time is that of one pass over the text, whatever the pattern: a few machine words of work per character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class OneOf:
    """One character out of a set, or, negated, one outside it."""

    ranges: tuple[tuple[str, str], ...]
    """First and last character of each range."""
    negated: bool = False
    """Whether the set holds what the ranges do not."""

    def accepts(self, character: str) -> bool:
        """Return whether a character belongs to the set."""
        return any(first <= character <= last for first, last in self.ranges) != self.negated


@dataclass(frozen=True)
class Many:
    """Any number of characters of a set."""

    of: OneOf


@dataclass(frozen=True)
class Choice:
    """One of several sequences of tokens."""

    alternatives: tuple[tuple[Token, ...], ...]


Token: TypeAlias = "str | OneOf | Many | Choice"  # noqa: S105 (no secret)
"""What a pattern is made of; a string is one character that stands for itself."""

ANY = OneOf((), negated=True)
ANY_TEXT = Many(ANY)


@dataclass
class _Layout:
    """The states of an automaton, in order: each leads to the next by a character, those without one by `jumps`."""

    accepted: list[str | OneOf | None] = field(default_factory=list)
    repeats: int = 0
    jumps: dict[int, int] = field(default_factory=dict)

    def add(self, tokens: Sequence[Token]) -> None:
        for token, before in zip(tokens, (None, *tokens), strict=False):
            if isinstance(token, Choice):
                self._add_choice(token)
            elif isinstance(token, Many) and token == before:
                continue
            elif isinstance(token, Many):
                self.repeats |= 1 << len(self.accepted)
                self.accepted.append(token.of)
            else:
                self.accepted.append(token)

    def closures(self) -> dict[int, int]:
        """Return, for each state with jumps, all the states that it leads to without a character."""
        closures: dict[int, int] = {}
        if not self.jumps:
            return closures
        for state in range(len(self.accepted) - 1, -1, -1):
            direct = self.jumps.get(state, 0) | (self.repeats >> state & 1) << state + 1
            closures[state] = direct
            for target in _states(direct):
                closures[state] |= closures.get(target, 0)
        return {state: closures[state] for state in self.jumps}

    def _add_choice(self, choice: Choice) -> None:
        fork = len(self.accepted)
        self.accepted.append(None)
        self.jumps[fork] = 0
        ends = []
        for alternative in choice.alternatives:
            self.jumps[fork] |= 1 << len(self.accepted)
            self.add(alternative)
            ends.append(len(self.accepted))
            self.accepted.append(None)
        self.jumps |= dict.fromkeys(ends, 1 << len(self.accepted))


def _states(bits: int) -> Iterator[int]:
    """Return the positions of the bits that are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


class Wildcard:
    """A pattern.

    Parameters
    ----------
    tokens
        What it is made of, in order.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        variable = next((at for at, token in enumerate(tokens) if not isinstance(token, str)), len(tokens))
        self._prefix = "".join(str(token) for token in tokens[:variable])
        self._is_literal = variable == len(tokens)
        layout = _Layout()
        layout.add(tokens[variable:])
        self._repeats = layout.repeats
        self._closures = layout.closures()
        self._jumping = sum(1 << state for state in self._closures)
        self._final = 1 << len(layout.accepted)
        # Nothing that follows can undo a match once the pattern's last token takes any text.
        self._settled = self._final if tokens and tokens[-1] == ANY_TEXT else 0
        self._literals: dict[str, int] = {}
        self._sets: dict[OneOf, int] = {}
        for state, accepted in enumerate(layout.accepted):
            if isinstance(accepted, OneOf):
                self._sets[accepted] = self._sets.get(accepted, 0) | 1 << state
            elif accepted is not None:
                self._literals[accepted] = self._literals.get(accepted, 0) | 1 << state

    def matches(self, text: str) -> bool:
        """Return whether the whole text matches."""
        if self._is_literal:
            return text == self._prefix
        if not text.startswith(self._prefix):
            return False
        states = self._spread(1)
        for character in text[len(self._prefix) :]:
            if not states or states & self._settled:
                break
            moving = self._literals.get(character, 0)
            for accepted, of_set in self._sets.items():
                if accepted.accepts(character):
                    moving |= of_set
            moving &= states
            states = self._spread((moving & ~self._repeats) << 1 | moving & self._repeats)
        return states & self._final != 0

    def _spread(self, states: int) -> int:
        """Add the states that are reached without a character."""
        while (reached := states | (states & self._repeats) << 1) != states:
            states = reached
        for state in _states(states & self._jumping):
            reached |= self._closures[state]
        return reached
