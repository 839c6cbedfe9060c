"""Finds what stands for an image: one of AWS's families, or a line of the user's file."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from local_aws.kernel.context import Settings
from local_aws.kernel.errors import AwsError, StartError
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.container_libraries import ContainerLibraries, find_libraries
from local_aws.services.sagemaker.images.families import FAMILIES, PYTHON, Family
from local_aws.services.sagemaker.images.own_images import find_own_image
from local_aws.services.sagemaker.images.versions import numbers, same_version

VARIABLE = "LOCAL_AWS_IMAGE_VERSIONS"
"""The server's variable that keeps it from making environments (``installed``); ``own``, or left out, makes them."""

_ECR_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.]+/(?P<repository>[a-z0-9._/-]+)(:(?P<tag>[\w.-]+))?"
)
_OWN_FILE = "images.txt"


@dataclass(frozen=True)
class Image:
    """What stands for an image."""

    uri: str
    family: Family | None
    """None for a user's own."""
    version: str = ""
    """The image's version of the family's library; empty for a user's own."""
    interpreter: str = sys.executable
    """The Python that runs its jobs."""
    command: tuple[str, ...] = ()
    """What a job runs that names no entry point; empty if the image has no command of its own."""
    substitution: str = ""
    """The sentence that says which version stands for the image's own; empty where it is the image's own."""
    libraries: ContainerLibraries | None = None
    """What its container holds, where its jobs get an environment with that; see `environments`."""
    strict: bool = False
    """Whether its jobs must not get another version instead."""
    tag: str = ""
    """The tag of AWS's image; empty for a user's own."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the log of a job says about it."""
        return (f"{self.substitution} of {self.uri}",) if self.substitution else ()

    @property
    def has_algorithm(self) -> bool:
        """True when it trains without a script, by an algorithm of its own."""
        return self.family is not None and self.family.algorithm

    @property
    def pickles(self) -> bool:
        """True when its algorithm writes models as pickles."""
        return self.family is not None and numbers(self.version) <= self.family.last_pickled


class Images:
    """The images that this server stands for.

    Parameters
    ----------
    own_file
        The file of the user's own images; see `own_images`.
    strict
        Whether an image is refused for which another version than its own would stand.
    makes_environments
        Whether jobs get environments with an image's own versions, where these can be made.
    """

    def __init__(self, own_file: Path, *, strict: bool = False, makes_environments: bool = False) -> None:
        self._own_file = own_file
        self._strict = strict
        self._makes_environments = makes_environments

    @classmethod
    def of(cls, settings: Settings) -> Images:
        """Return the images of a server."""
        own_file = settings.images_file or settings.data_dir / _OWN_FILE
        return cls(own_file, strict=settings.strict_images, makes_environments=makes_environments())

    def find(self, uri: str) -> Image:
        """Return what stands for an image; one that is not available raises ``ValidationException``."""
        own = find_own_image(self._own_file, uri)
        if own is None:
            parts = _ECR_URI.fullmatch(uri)
            if parts is None:
                raise self._unavailable(uri, "it is not the URI of an image in ECR")
            return self._of_aws(uri, parts["repository"], parts["tag"] or "", (parts["account"], parts["region"]))
        if own.interpreter:
            return Image(uri, None, interpreter=own.interpreter, command=own.command)
        repository, _, tag = own.stands_for.partition(":")
        image = self._of_aws(uri, repository, tag)
        return replace(image, uri=uri, command=own.command or image.command)

    def _of_aws(self, uri: str, repository: str, tag: str, registry: tuple[str, str] | None = None) -> Image:
        family, version = self._family(uri, repository, tag)
        if registry is not None:
            account, region = registry
            if family.accounts.get(region) != account:
                right = family.accounts.get(region, "not known")
                where = f"AWS's registry of {family.name} images in {region} is {right}"
                raise self._unavailable(uri, f"Cannot find repository: {repository} in registry ID: {account}; {where}")
        installed = installed_version(family.library)
        if installed is None:
            raise self._unavailable(uri, f"{family.library} is not installed")
        if not family.publishes(version, installed):
            raise self._unavailable(uri, f"AWS publishes no {family.name} {version}; such as {family.example} it does")
        if same_version(version, installed):
            return Image(uri, family, version, command=family.program, tag=tag)
        substitution = f"{family.library} {installed} stands for {version}"
        if family.exact:
            raise self._unavailable(uri, f"{family.library} {installed} is installed, and its models need {version}")
        libraries = find_libraries(family.library, version) if self._makes_environments else None
        if self._strict and libraries is None:
            raise self._unavailable(uri, f"{substitution}, and the server runs with --strict-images")
        return Image(
            uri,
            family,
            version,
            command=family.program,
            substitution=substitution,
            libraries=libraries,
            strict=self._strict,
            tag=tag,
        )

    def _family(self, uri: str, repository: str, tag: str) -> tuple[Family, str]:
        for family in FAMILIES:
            name, version = family.repository.fullmatch(repository), family.tag.fullmatch(tag)
            if name is None:
                continue
            if version is None:
                raise self._unavailable(uri, f"its tag is not one of {family.name}'s, such as {family.example}")
            digits = name.groupdict().get("version")
            return family, version["version"] if digits is None else f"{digits[0]}.{digits[1:]}"
        raise self._unavailable(uri, f"images of AWS's are available such as {', '.join(_examples())}")

    def _unavailable(self, uri: str, reason: str) -> AwsError:
        return invalid(
            f"image {uri!r} is not available here: {reason}. To let a Python of this machine stand for it, add the "
            f"line '{uri} python' to {self._own_file} ('python' is the server's own; docs/local-aws.md, Images)"
        )


def makes_environments() -> bool:
    """Return whether images get their own versions; `StartError` says that the variable is not understood."""
    wish = os.environ.get(VARIABLE, "")
    if wish not in ("", "own", "installed"):
        raise StartError(f"{VARIABLE} must be own or installed; got {wish!r}")
    return wish != "installed"


def installed_version(library: str) -> str | None:
    """Return the installed version of a library, or of Python; None if it is not installed."""
    if library == PYTHON:
        return platform.python_version()
    for distribution in (library, f"{library}-cpu"):  # as those of xgboost and tensorflow without a GPU's libraries
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return None


def _examples() -> list[str]:
    """Return an image for each family whose library is installed, the installed version where it can be named."""
    return [family.example for family in FAMILIES if installed_version(family.library) is not None]
