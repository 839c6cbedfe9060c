"""The training job definitions of a tuning job: one, or several algorithms that are tuned side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid

ONE = "TrainingJobDefinition"
SEVERAL = "TrainingJobDefinitions"
CONFIG = "HyperParameterTuningJobConfig"
_OBJECTIVE = "HyperParameterTuningJobObjective"


@dataclass(frozen=True)
class Definition:
    """A definition of training jobs, what is searched for them, and by which metric they are judged.

    A single definition has its objective and its ranges in the tuning job's configuration; one of several has them
    itself. Source: the API's reference, ``HyperParameterTrainingJobDefinition``.
    """

    content: Record
    objective: Record
    ranges: Record
    path: str
    """Where it stands in the request, for messages."""

    @property
    def name(self) -> str | None:
        """Return its ``DefinitionName``."""
        return self.content.get("DefinitionName")


def definitions_of(record: Record) -> list[Definition]:
    """Return the definitions of a tuning job's request or record; raise ``ValidationException`` for an invalid mix."""
    config = record[CONFIG]
    if (ONE in record) == (SEVERAL in record):
        raise invalid(f"The request must have either {ONE} or {SEVERAL}")
    if ONE in record:
        _require(config, (_OBJECTIVE, "ParameterRanges"), CONFIG)
        _forbid(record[ONE], ("TuningObjective", "HyperParameterRanges"), ONE, CONFIG)
        return [Definition(record[ONE], config[_OBJECTIVE], config["ParameterRanges"], ONE)]
    _forbid(config, (_OBJECTIVE, "ParameterRanges"), CONFIG, f"each of {SEVERAL}")
    definitions = []
    for place, content in enumerate(record[SEVERAL]):
        path = f"{SEVERAL}[{place}]"
        _require(content, ("DefinitionName", "TuningObjective", "HyperParameterRanges"), path)
        definitions.append(Definition(content, content["TuningObjective"], content["HyperParameterRanges"], path))
    _check_together(definitions)
    return definitions


def _check_together(definitions: list[Definition]) -> None:
    """Check that jobs of several definitions can be told apart and compared."""
    names = [definition.name for definition in definitions]
    if len(set(names)) < len(names):
        raise invalid(f"DefinitionName must be unique in {SEVERAL}; got {names}")
    if len({definition.objective["Type"] for definition in definitions}) > 1:
        raise invalid(
            f"local_aws does not support {SEVERAL} that minimize and maximize: training jobs are compared by their "
            "objective; give each TuningObjective the same Type"
        )


def _require(structure: Record, members: Iterable[str], where: str) -> None:
    for member in members:
        if member not in structure:
            raise invalid(f"{where}.{member} is required here")


def _forbid(structure: Record, members: Iterable[str], where: str, right: str) -> None:
    for member in members:
        if member in structure:
            raise invalid(f"{where}.{member} cannot be given here: it belongs in {right}")
