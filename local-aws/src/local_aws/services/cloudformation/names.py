"""Names for resources that a template gives none."""

from __future__ import annotations

import secrets
import string

from local_aws.kernel.regular_expressions import Allowance, Expression
from local_aws.services.cloudformation.schemas import Schema

_RANDOM_CHARACTERS = 12


def generated_name(stack_name: str, logical_id: str, schema: Schema, most: int) -> str:
    """Return a name of stack name, logical id and a random part.

    Parameters
    ----------
    schema
        The type's schema: where its name allows no capitals, there are none.
    """
    random = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_RANDOM_CHARACTERS))
    room = most - _RANDOM_CHARACTERS - 1
    head = f"{stack_name}-{logical_id}"
    if len(head) > room:
        # Both parts are cut, so that the name still tells stack and resource.
        half = room // 2
        head = f"{stack_name[:half]}-{logical_id[: room - half - 1]}"
    name = f"{head[: max(room, 0)].strip('-')}-{random}"
    patterns = [_pattern(schema, pointer) for pointer in schema.identifier]
    allowance = Allowance()
    is_lower = any(
        pattern and not pattern.found_in(name, allowance) and pattern.found_in(name.lower(), allowance)
        for pattern in patterns
    )
    return name.lower() if is_lower else name


def _pattern(schema: Schema, pointer: str) -> Expression | None:
    shape = schema.resolved(schema.document["properties"].get(pointer.rpartition("/")[2], {}))
    return Expression(shape["pattern"]) if "pattern" in shape else None
