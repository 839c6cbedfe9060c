"""``playgrounds destroy``: lists what belongs to a deployment, asks for confirmation, and removes it."""

from __future__ import annotations

import sys

import boto3

from console.errors import CommandError
from console.progress import Progress
from console.terminal import say, visible_line
from infrastructure.names import Names
from infrastructure.removal import Item, Removal


def destroy(
    session: boto3.session.Session, names: Names, *, keep_bootstrap: bool, yes: bool, progress: Progress
) -> None:
    """Remove a deployment; `yes` skips the confirmation.

    Raises
    ------
    CommandError
        It is not confirmed.
    infrastructure.errors.DeploymentError
        Something cannot be removed; the rest stays, and the command can be repeated.
    """
    removal = Removal(session, names, keep_bootstrap=keep_bootstrap)
    progress.waiting("what belongs to the deployment")
    items = removal.items()
    if not items:
        say(f"nothing belongs to {names.stack} in {names.region}, account {names.account}")
        return
    say(f"To be removed from {names.region}, account {names.account}:")
    for item in items:
        say(f"  {item.kind:<22} {item.name}")
    if not yes and not _confirmed(names.stack):
        raise CommandError("destroy", "not confirmed: nothing was removed")
    _remove(items, progress)
    # What was still running may have created something again, such as a log group.
    _remove(removal.items(), progress)
    progress.waiting("what may have come meanwhile")
    if left := removal.items():
        remaining = ", ".join(f"{item.kind} {item.name}" for item in left)
        raise CommandError("destroy", f"these were created in the meantime: {remaining}; run the command again")


def _remove(items: list[Item], progress: Progress) -> None:
    for item in items:
        progress.waiting(f"{item.kind} {item.name}")
        item.remove()
        progress.done(item.kind, item.name)


def _confirmed(stack: str) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("destroy", "confirmation needs a terminal; pass --yes to remove all of this")
    return input(visible_line(f"Type {stack} to remove all of this: ")).strip() == stack
