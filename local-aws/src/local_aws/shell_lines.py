"""What a shell evaluates to be pointed at the server, or at nothing."""

from __future__ import annotations

from collections.abc import Mapping

UNSET = (
    "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "
    r"$(env | sed -n 's/^\(AWS_ENDPOINT_URL_[A-Za-z0-9_]*\)=.*/\1/p')"
)
"""Takes away what would lead a client past the server or spoil its keys, for bash, dash and zsh."""
NOWHERE = f"{UNSET}\nexport AWS_ENDPOINT_URL=http://127.0.0.1:1; false\n"
"""What a shell evaluates when there is no server: else it would go on with whatever account it had before."""


def exports(environment: Mapping[str, str]) -> str:
    """Return the lines that point a shell at a server."""
    return "".join(f"{line}\n" for line in (UNSET, *(f"export {name}={value}" for name, value in environment.items())))
