"""Which members of a structure have an effect here; every other one is refused by name, in one wording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local_aws.kernel.errors import AwsError

_Tree = dict[str, Any]


class Members:
    """The members of a request, or of a structure in one, that are honoured.

    A member is named by its path, ``"OutputDataConfig.S3OutputPath"``; lists on the way need no mark. A path stands
    for all that is below it, unless longer paths name parts of it. Absent and empty members (None, False, an empty
    list or structure) ask for nothing and are let through.

    Parameters
    ----------
    honoured
        The only members that may be there; None for every one of the service's model.
    refused
        Members that may not be there.
    values
        By member, the only values that are honoured; of a list, those of its items.
    empty_counts
        Whether an empty member asks for something, as in a template: only honoured members may be there then.
    """

    def __init__(
        self,
        honoured: Iterable[str] | None = None,
        *,
        refused: Iterable[str] = (),
        values: Mapping[str, Iterable[object]] | None = None,
        empty_counts: bool = False,
    ) -> None:
        self._honoured = None if honoured is None else _tree((path, None) for path in honoured)
        self._refused = _tree((path, None) for path in refused)
        self._values = _tree((path, tuple(allowed)) for path, allowed in (values or {}).items())
        self._empty_counts = empty_counts

    @property
    def honoured(self) -> frozenset[str] | None:
        """The members of the structure itself that may be there, None for every one."""
        return None if self._honoured is None else frozenset(self._honoured)

    def check(self, value: Mapping[str, Any], where: str, code: str = "ValidationException", status: int = 400) -> None:
        """Raise an error that names what `value` asks for and nobody here does.

        Parameters
        ----------
        where
            What the value is, for the message: an operation, or e.g. ``"processing input 'model'"``.
        """
        unsupported = [
            *([] if self._honoured is None else _others(value, self._honoured, "", self._empty_counts)),
            *_named(value, self._refused, ""),
            *_wrong_values(value, self._values, ""),
        ]
        if unsupported:
            raise unsupported_error(", ".join(sorted(unsupported)), where, code, status)


def unsupported_error(what: str, where: str, code: str = "ValidationException", status: int = 400) -> AwsError:
    """Return the error for what a request asks for and nobody here does."""
    return AwsError(code, f"local_aws does not support {what} of {where}; remove it to run here", status)


def _tree(paths: Iterable[tuple[str, Any]]) -> _Tree:
    tree: _Tree = {}
    for path, leaf in paths:
        *parents, name = path.split(".")
        node = tree
        for parent in parents:
            if node.get(parent) is None:
                node[parent] = {}
            node = node[parent]
        node.setdefault(name, leaf)
    return tree


def _is_empty(value: object) -> bool:
    return value in (None, False, [], {})


def _items(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the structures of a value with the prefix of their members' paths."""
    if isinstance(value, Mapping):
        yield f"{path}." if path else "", value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _items(item, f"{path}[{index}]")


def _others(value: Any, tree: _Tree, path: str, empty_counts: bool) -> Iterator[str]:
    for prefix, structure in _items(value, path):
        for name, member in structure.items():
            if name not in tree:
                if empty_counts or not _is_empty(member):
                    yield f"{prefix}{name}"
            elif tree[name] is not None:
                yield from _others(member, tree[name], f"{prefix}{name}", empty_counts)


def _named(value: Any, tree: _Tree, path: str) -> Iterator[str]:
    for prefix, structure in _items(value, path):
        for name, below in tree.items():
            if _is_empty(structure.get(name)):
                continue
            if below is None:
                yield f"{prefix}{name}"
            else:
                yield from _named(structure[name], below, f"{prefix}{name}")


def _wrong_values(value: Any, tree: _Tree, path: str) -> Iterator[str]:
    for prefix, structure in _items(value, path):
        for name, below in tree.items():
            member = structure.get(name)
            if isinstance(below, dict):
                yield from _wrong_values(member, below, f"{prefix}{name}")
            else:
                for item in member if isinstance(member, list) else [member]:
                    if item is not None and item not in below:
                        yield f"{prefix}{name} {item!r} (supported: {', '.join(map(str, below))})"


EVERY_MEMBER = Members()
