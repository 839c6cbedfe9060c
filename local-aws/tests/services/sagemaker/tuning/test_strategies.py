"""What the strategies propose."""

from __future__ import annotations

from local_aws.services.sagemaker.tuning.random_search import BayesianSearch, RandomSearch
from local_aws.services.sagemaker.tuning.search_space import parse_ranges
from local_aws.services.sagemaker.tuning.strategies import Strategy, Trial

_RANGES = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1", "ScalingType": "Linear"}]}


def _search(strategy: Strategy, count: int) -> list[float]:
    """Return the losses of trials one after the other; the lowest is at 0.3."""
    trials: list[Trial] = []
    for _ in range(count):
        values = strategy.propose(trials)
        trials.append(Trial(values, (float(values["x"]) - 0.3) ** 2, is_pending=False))
    return [trial.loss or 0.0 for trial in trials]


def test_random_search_with_a_seed_repeats_itself() -> None:
    first, second, other = (RandomSearch(parse_ranges(_RANGES), seed) for seed in (7, 7, 8))

    assert first.propose([]) == second.propose([]) != other.propose([])


def test_bayesian_search_closes_in_on_the_best_value() -> None:
    assert min(_search(BayesianSearch(parse_ranges(_RANGES), seed=0), 8)) < 1e-4


def test_bayesian_search_spreads_jobs_that_run_side_by_side() -> None:
    strategy = BayesianSearch(parse_ranges(_RANGES), seed=0)
    trials = [Trial({"x": str(x)}, (x - 0.3) ** 2, is_pending=False) for x in (0.0, 0.2, 0.9)]
    first = strategy.propose(trials)
    second = strategy.propose([*trials, Trial(first)])

    assert abs(float(first["x"]) - float(second["x"])) > 0.01


def test_bayesian_search_learns_nothing_from_failed_trials() -> None:
    trials = [Trial({"x": "0.5"}, None, is_pending=False)] * 10

    assert 0 <= float(BayesianSearch(parse_ranges(_RANGES), seed=0).propose(trials)["x"]) <= 1
