"""The strategies Random and Bayesian. NumPy takes its time to import: this module comes with the first of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from local_aws.services.sagemaker.tuning.search_space import Parameter, Values
from local_aws.services.sagemaker.tuning.strategies import Strategy, Trial

_RANDOM_TRIALS = 3
_CANDIDATES = 1000
_NOISE = 1e-6


class RandomSearch(Strategy):
    """Draws each value by itself, whatever the trials so far were."""

    def __init__(self, parameters: list[Parameter], seed: int | None) -> None:
        self._parameters = parameters
        self._random = np.random.default_rng(seed)

    def propose(self, trials: Sequence[Trial]) -> Values:
        """Return random values."""
        return {parameter.name: parameter.draw(self._random) for parameter in self._parameters}


class BayesianSearch(RandomSearch):
    """Chooses, of random candidates, the one that a Gaussian process expects to improve most upon the best trial.

    Trials that failed teach nothing. A trial that runs counts as of average loss, so that jobs side by side spread.
    """

    def propose(self, trials: Sequence[Trial]) -> Values:
        """Return random values for the first jobs, then those with the highest expected improvement."""
        # A tuning job from which this one starts may have searched over other hyperparameters.
        trials = [trial for trial in trials if all(parameter.takes(trial.values) for parameter in self._parameters)]
        losses = [trial.loss for trial in trials if trial.loss is not None]
        if len(losses) < _RANDOM_TRIALS:
            return super().propose(trials)
        known = [trial for trial in trials if trial.loss is not None or trial.is_pending]
        average = float(np.mean(losses))
        targets = np.array([average if trial.loss is None else trial.loss for trial in known])
        tried = [trial.values for trial in trials]
        candidates = [super(BayesianSearch, self).propose(trials) for _ in range(_CANDIDATES)]
        new = [candidate for candidate in candidates if candidate not in tried] or candidates
        improvement = _expected_improvement(
            self._place([trial.values for trial in known]), targets, self._place(new), min(losses)
        )
        return new[int(np.argmax(improvement))]

    def _place(self, choices: Sequence[Values]) -> npt.NDArray[np.float64]:
        """Return the coordinates of choices, a row for each."""
        return np.array([[at for p in self._parameters for at in p.coordinates(values[p.name])] for values in choices])


def _expected_improvement(
    tried: npt.NDArray[np.float64],
    losses: npt.NDArray[np.float64],
    candidates: npt.NDArray[np.float64],
    lowest: float,
) -> npt.NDArray[np.float64]:
    """Return how far each candidate is expected to fall below the lowest loss (Jones et al., 1998, equation 15)."""
    # scikit-learn takes its time to import; only this strategy needs it.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern

    process = GaussianProcessRegressor(Matern(nu=2.5), alpha=_NOISE, normalize_y=True, random_state=0)
    with warnings.catch_warnings():
        # Few trials seldom determine the length scale; its bound is then as good as any value.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(tried, losses)
    mean, deviation = process.predict(candidates, return_std=True)
    deviation = np.maximum(deviation, _NOISE)
    gain = lowest - mean
    normal, ratios = NormalDist(), (gain / deviation).tolist()
    below = np.array([normal.cdf(ratio) for ratio in ratios])
    density = np.array([normal.pdf(ratio) for ratio in ratios])
    improvement: npt.NDArray[np.float64] = gain * below + deviation * density
    return improvement
