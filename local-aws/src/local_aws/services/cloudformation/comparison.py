"""A resource's properties before and after an update."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.schemas import Schema, values_at


@dataclass(frozen=True)
class Comparison:
    """What differs between two sets of properties."""

    changed: list[str]
    replacing: list[str]
    perhaps_replacing: list[str]

    @classmethod
    def of(cls, schema: Schema, before: Properties, after: Properties) -> Comparison:
        """Compare properties, by what their type's schema says of them."""
        names = [*before, *(name for name in after if name not in before)]
        return cls(
            [name for name in names if before.get(name) != after.get(name)],
            _differing(schema.create_only, before, after),
            _differing(schema.conditionally_create_only, before, after),
        )

    @property
    def replaces(self) -> bool:
        """Whether the resource is replaced; here, conditional replacements always are."""
        return bool(self.replacing or self.perhaps_replacing)


def kept_name(schema: Schema, before: Properties, after: Properties) -> str | None:
    """Return the name that a template sets and keeps, so that two such resources cannot be side by side."""
    if not schema.identifier or set(schema.identifier) & set(schema.read_only):
        return None
    names = [values_at(after, pointer) for pointer in schema.identifier]
    if all(names) and names == [values_at(before, pointer) for pointer in schema.identifier]:
        return "/".join(str(value) for values in names for value in values)
    return None


def _differing(pointers: list[str], before: Properties, after: Properties) -> list[str]:
    return [pointer for pointer in pointers if values_at(before, pointer) != values_at(after, pointer)]
