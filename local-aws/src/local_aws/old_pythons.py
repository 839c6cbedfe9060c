"""What the programs that stand for a container's need on its own Python, from 3.7 on, where ``typing`` lacks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol as Protocol
else:
    Protocol = object
    """The base of protocols, which only type checkers look at."""
