"""How a tuning job chooses hyperparameters, and the strategy Grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from local_aws.services.sagemaker.tuning.search_space import Parameter, Values, combinations


@dataclass(frozen=True)
class Trial:
    """Hyperparameters that a training job has been started with."""

    values: Values
    loss: float | None = None
    """The objective, negated where it is maximized; None while the job runs, and where it ended without one."""
    is_pending: bool = True
    """Whether the job still runs."""


class Strategy(ABC):
    """Chooses the hyperparameters of one training job after the other."""

    @abstractmethod
    def propose(self, trials: Sequence[Trial]) -> Values:
        """Return the values of the next job, given the trials so far in the order of their start."""


class GridSearch(Strategy):
    """Goes through every combination once."""

    def __init__(self, parameters: list[Parameter]) -> None:
        self._grid = combinations(parameters)

    def propose(self, trials: Sequence[Trial]) -> Values:
        """Return the next combination."""
        return next(self._grid)
