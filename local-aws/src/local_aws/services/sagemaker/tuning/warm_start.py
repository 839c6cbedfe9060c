"""Tuning jobs that start from what other tuning jobs have found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.tuning.definitions import Definition, definitions_of

CONFIG = "WarmStartConfig"
IDENTICAL = "IdenticalDataAndAlgorithm"
_ENDED = ("Completed", "Stopped", "Failed")


def parent_names(record: Record) -> list[str]:
    """Return the names of the tuning jobs from which a tuning job starts."""
    parents = record.get(CONFIG, {}).get("ParentHyperParameterTuningJobs", ())
    return [parent["HyperParameterTuningJobName"] for parent in parents]


def is_compared_with_parents(record: Record) -> bool:
    """Return whether the best training job is looked for among those of the parents too."""
    return bool(record.get(CONFIG, {}).get("WarmStartType") == IDENTICAL)


def check_warm_start(request: Record, definitions: Sequence[Definition], find: Callable[[str], Record]) -> None:
    """Check the parents of a tuning job that is to be created.

    Parameters
    ----------
    find
        Returns the record of a tuning job, or raises ``ResourceNotFound``.
    """
    if CONFIG not in request:
        return
    if len(definitions) > 1:
        raise invalid(f"{CONFIG} cannot be used with several training job definitions")
    (definition,) = definitions
    for name in parent_names(request):
        parent = find(name)
        if (status := parent["HyperParameterTuningJobStatus"]) not in _ENDED:
            raise invalid(f"The parent tuning job {name} must have ended; it is {status}")
        (of_parent, *others) = definitions_of(parent)
        if others:
            raise invalid(f"The parent tuning job {name} has several training job definitions")
        if of_parent.objective != definition.objective:
            raise invalid(
                f"The objective metric must be that of the parent tuning job {name}, {of_parent.objective}; "
                f"got {definition.objective}"
            )
        images = [_image(each) for each in (definition, of_parent)]
        if is_compared_with_parents(request) and images[0] != images[1]:
            raise invalid(
                f"With WarmStartType {IDENTICAL} the training image must be that of the parent tuning job {name}, "
                f"{images[1]}; got {images[0]}"
            )


def _image(definition: Definition) -> object:
    return definition.content["AlgorithmSpecification"].get("TrainingImage")
