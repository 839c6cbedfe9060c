"""``playgrounds doctor``: checks whether the account is ready and the deployment complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import boto3

from console.feeds import LIVE, LIVE_URLS, default_source
from console.instance_choice import instance_demands
from console.pipeline_upsert import pipeline_kwargs
from console.terminal import say
from infrastructure.account_checks import (
    bootstrap,
    caller,
    catalog,
    concurrency,
    image,
    permissions,
    quotas,
    scaling_role,
)
from infrastructure.deployment_checks import feeds, stacks, work_group
from infrastructure.findings import FAIL, OK, WARN, Check, Subject, examine
from infrastructure.name_checks import names as free_names
from infrastructure.names import Names
from infrastructure.service_quotas import Demand

_OF_BOTH: tuple[Check, ...] = (caller, permissions, quotas, image)
_OF_DEPLOYMENT: tuple[Check, ...] = (*_OF_BOTH, stacks, work_group, feeds)
_OF_ACCOUNT: tuple[Check, ...] = (*_OF_BOTH, catalog, concurrency, scaling_role, bootstrap, free_names, feeds)


def doctor(session: boto3.session.Session, names: Names, *, account: bool = False) -> int:
    """Print one line per check; return the number of failed checks.

    Parameters
    ----------
    account
        Whether to check what the account brings along, before anything is deployed, instead of a deployment.
    """

    def demands() -> Iterable[Demand]:
        return instance_demands(pipeline_kwargs(session.client("sagemaker"), names, {}), {}).values()

    subject = Subject(
        session,
        names,
        demands,
        image=_image(names.region),
        default_feeds=tuple(LIVE_URLS.values()) if default_source() == LIVE else (),
    )
    levels = Counter({OK: 0, WARN: 0, FAIL: 0})
    for finding in examine(subject, _OF_ACCOUNT if account else _OF_DEPLOYMENT):
        levels[finding.level] += 1
        say(f"{finding.level:<5} {finding.subject:<44} {finding.detail}")
    say(f"\n{', '.join(f'{number} {level}' for level, number in levels.items())}")
    return levels[FAIL]


def _image(region: str) -> tuple[str, str, str] | None:
    """Return the image of jobs and models in a region; None if there is none."""
    # Not above: the SDK, which knows each region's registry, takes seconds to import.
    from pipelines.accessibility.settings import image_of

    try:
        return image_of(region)
    except ValueError:
        return None
