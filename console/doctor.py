"""``playgrounds doctor``: checks whether the account is ready and the deployment complete."""

from __future__ import annotations

import boto3

from console.feeds import LIVE, LIVE_URLS, default_source
from console.terminal import say
from infrastructure.doctor import Subject, examine
from infrastructure.names import Names


def doctor(session: boto3.session.Session, names: Names) -> int:
    """Print one line per check; return the number of failed checks."""
    # Not above: the SDK, which knows each region's registry, takes seconds to import.
    from pipelines.accessibility.settings import image_of

    subject = Subject(
        session,
        names,
        image=image_of(names.region),
        default_feeds=tuple(LIVE_URLS.values()) if default_source() == LIVE else (),
    )
    problems = 0
    for finding in examine(subject):
        problems += not finding.ok
        say(f"{'ok' if finding.ok else '!!':<4}{finding.subject:<44} {finding.detail}")
    return problems
