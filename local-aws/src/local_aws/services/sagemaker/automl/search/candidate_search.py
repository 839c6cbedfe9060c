"""Trains the candidates of a search with AutoGluon, one after the other in this process.

Each candidate's archive is complete before the candidate is reported, so that a search can be killed at any time and
the candidates that it has reported remain.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from autogluon.common.utils.resource_utils import ResourceManager
from autogluon.features.generators import AutoMLPipelineFeatureGenerator, IsNanFeatureGenerator
from autogluon.tabular import TabularPredictor

from local_aws.kernel.processes.container import make_tar
from local_aws.services.sagemaker.automl.algorithms import Recipe, select
from local_aws.services.sagemaker.automl.artifacts import archive_path
from local_aws.services.sagemaker.automl.columns import write_columns
from local_aws.services.sagemaker.automl.objectives import OBJECTIVES
from local_aws.services.sagemaker.automl.plan import Plan
from local_aws.services.sagemaker.automl.progress import Dropped, End, Ended, Progress, Trained
from local_aws.services.sagemaker.automl.search.quality import Predictions, measure
from local_aws.services.sagemaker.automl.search.tables import FOLDS, Tables

_CPUS = 1
"""Tables of this size gain nothing from more; on busy cores threads wait for each other: a second becomes sixteen."""
_MEMORY_GB = 2.0
"""For training a candidate, on top of what the process holds already."""
_MAX_RESERVED_SECONDS = 30.0
_RESERVED_SHARE = 0.2
_FAST_COMPRESSION = 1


class CandidateSearch:
    """One search."""

    def __init__(self, plan: Plan, tables: Tables, work: Path) -> None:
        self._plan = plan
        self._tables = tables
        self._work = work
        self._predictor: TabularPredictor | None = None
        # Reports on the best candidate need time too.
        self._last_start = plan.deadline - min(_MAX_RESERVED_SECONDS, _RESERVED_SHARE * plan.seconds)
        self.trained: list[Trained] = []
        self.dropped: list[str] = []

    @property
    def predictor(self) -> TabularPredictor:
        """The predictor that holds all models; there is one as soon as a candidate is trained."""
        if self._predictor is None:
            raise RuntimeError("no candidate has been trained")
        return self._predictor

    def run(self, report: Callable[[Progress], None]) -> Ended:
        """Train candidates as long as limits allow."""
        selection = select(self._plan.algorithms, self._plan.max_candidates)
        end: End = "max-candidates" if selection.cut else "finished"
        for recipe in selection.recipes:
            if self._seconds() <= 0:
                return Ended("out-of-time")
            self._train(partial(self._fit, recipe), recipe.algorithm, report)
        if selection.ensembles and len(self.trained) > 1:
            if self._seconds() <= 0:
                return Ended("out-of-time")
            self._train(self._fit_ensemble, "weighted ensemble", report)
        return Ended(end)

    def predictions(self, model: str) -> Predictions:
        """Return the predictions of a model for the rows that it is judged by."""
        tables = self._tables
        if tables.validation is None:
            probabilities = self.predictor.predict_proba_oof(model)
            labels = tables.training.loc[probabilities.index, tables.target]
        else:
            probabilities = self.predictor.predict_proba(tables.features(tables.validation), model=model)
            labels = tables.validation[tables.target]
        return Predictions(labels, probabilities, self.predictor.predict_from_proba(probabilities))

    def _seconds(self) -> float:
        """Return the time for the next candidate."""
        left = self._last_start - time.time()
        return left if self._plan.seconds_per_candidate is None else min(left, self._plan.seconds_per_candidate)

    def _train(self, fit: Callable[[float], None], what: str, report: Callable[[Progress], None]) -> None:
        started = time.time()
        earlier = self._models()
        reason = ""
        try:
            fit(self._seconds())
        except AssertionError as error:
            # AutoGluon raises it when the time is over before the training starts.
            reason = str(error)
        model = next((name for name in self._models() if name not in earlier), None)
        if model is None:
            reason = f"{what} could not be trained: {reason or self._failure()}"
            self.dropped.append(reason)
            report(Dropped(reason))
            return
        predictions = self.predictions(model)
        metrics = measure(predictions, self._tables.labels)
        name = f"{model.replace('_', '-')}-t{len(self.trained) + 1}"
        self._archive(model, name)
        candidate = Trained(name, model, metrics, started, time.time())
        self.trained.append(candidate)
        report(candidate)

    def _models(self) -> list[str]:
        return [] if self._predictor is None else self._predictor.model_names()

    def _fit(self, recipe: Recipe, seconds: float) -> None:
        arguments: dict[str, Any] = {
            "hyperparameters": {recipe.family: [dict(recipe.settings)]},
            "time_limit": seconds,
            "fit_weighted_ensemble": False,
            "num_cpus": _CPUS,
            "num_gpus": 0,
            # AutoGluon's limit is on the whole process; near it XGBoost stops after a round without saying so.
            "memory_limit": ResourceManager.get_memory_rss("GB") + _MEMORY_GB,
            "ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"},
        }
        if self._models():
            self.predictor.fit_extra(**arguments)
            return
        path = self._work / "predictor"
        shutil.rmtree(path, ignore_errors=True)
        predictor = TabularPredictor(
            label=self._tables.target,
            problem_type="binary",
            eval_metric=OBJECTIVES[self._plan.objective],
            positive_class=self._tables.labels[1],
            path=str(path),
            verbosity=0,
        )
        # Stacking is left out: where rows have much in common it does well on its own folds, and badly on new rows.
        predictor.fit(
            self._tables.training,
            feature_generator=_features(),
            calibrate_decision_threshold=False,
            dynamic_stacking=False,
            num_bag_folds=FOLDS,
            num_bag_sets=1,
            num_stack_levels=0,
            raise_on_no_models_fitted=False,
            **arguments,
        )
        self._predictor = predictor

    def _fit_ensemble(self, seconds: float) -> None:
        self.predictor.fit_weighted_ensemble(name_suffix="", time_limit=seconds, num_cpus=_CPUS, num_gpus=0)

    def _failure(self) -> str:
        """Return why the last model could not be trained."""
        failures = None if self._predictor is None else self._predictor.model_failures()
        if failures is None or failures.empty:
            return "AutoGluon gives no reason"
        last = failures.iloc[-1]
        return f"{last['exc_type']} {last['exc_str']}".strip()

    def _archive(self, model: str, name: str) -> None:
        """Pack what answering with a model needs."""
        clone = self._work / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        self.predictor.clone_for_deployment(str(clone), model=model)
        write_columns(self._tables.columns, clone)
        packed = self._work / "model.tar.gz"
        make_tar(clone, packed, _FAST_COMPRESSION)
        target = Path(self._plan.output) / archive_path(name)
        target.parent.mkdir(parents=True)
        packed.replace(target)


def _features() -> AutoMLPipelineFeatureGenerator:
    """Return AutoGluon's feature generator, which flags missing values too.

    Only LightGBM tells them from zeros by itself: AutoGluon gives XGBoost a sparse matrix, and fills them in for the
    others.
    """
    return AutoMLPipelineFeatureGenerator(custom_feature_generators=[IsNanFeatureGenerator()])
