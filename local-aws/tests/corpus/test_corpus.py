"""Pipelines as people write them run to the end that they have on AWS, or are refused by name.

A part of the corpus, which ``CORPUS_SEED`` chooses, is enough for a run of the tests; ``make soak`` runs the whole.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local_aws.services import lambda_, sagemaker, sqs
from tests.conftest import running
from tests.corpus.cases import CACHED, CASES, CLEANUP, FOR_EACH, LINEAGE, RUN_CONDITION, Case
from tests.corpus.packing import FOLDER, load, names, pack
from tests.corpus.runs import Corpus, Run

_SIDE_BY_SIDE = 3
_SEED = int(os.environ.get("CORPUS_SEED", "416"))
"""By default a share with functions, SDK 3's scripts, checks, an endpoint, a callback and a registration."""
_ALWAYS = (CACHED, LINEAGE, CLEANUP, RUN_CONDITION, FOR_EACH)
_CHOSEN = random.Random(_SEED).sample([case for case in CASES if not case.refused and case not in _ALWAYS], 11)
_RUNNING = [*_ALWAYS, *_CHOSEN]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """A server with what the pipelines need."""
    with running(tmp_path_factory.mktemp("data"), (sagemaker.build, lambda_.build, sqs.build)) as server:
        yield Corpus(server.client)


@pytest.fixture(scope="module")
def finish(corpus: Corpus, own_root: None) -> Iterator[Callable[[Case], Run]]:
    """Return the end of a case's run; once the first is asked for, a few run side by side ahead of the tests."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        runs: dict[str, Future[Run]] = {}

        def finished(case: Case) -> Run:
            start = _RUNNING.index(case)
            for each in _RUNNING[start : start + _SIDE_BY_SIDE]:
                if each.name not in runs:
                    corpus.create(each)
                    runs[each.name] = pool.submit(corpus.run, each)
            return runs[case.name].result()

        yield finished


@pytest.mark.parametrize("case", _RUNNING, ids=lambda case: case.name)
def test_pipeline_runs_to_its_end(corpus: Corpus, finish: Callable[[Case], Run], case: Case) -> None:
    corpus.check(case, finish(case))


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.name)
def test_pipeline_is_refused_by_name(corpus: Corpus, case: Case) -> None:
    with pytest.raises(ClientError, match=case.refused):
        corpus.create(case)


def test_second_run_is_cached(corpus: Corpus, finish: Callable[[Case], Run]) -> None:
    first = finish(CACHED)
    second = corpus.run(CACHED)

    hits = [step.get("CacheHitResult", {}).get("SourcePipelineExecutionArn") for step in second.steps]
    assert hits == [first.arn] * len(first.steps)


def test_selected_step_runs_alone(corpus: Corpus, finish: Callable[[Case], Run]) -> None:
    source = finish(CACHED)
    run = corpus.run(CACHED, only=("Train",), source=source)

    assert run.status == "Succeeded", run.steps
    taken = {step["StepName"]: step.get("SelectiveExecutionResult") for step in run.steps}
    assert taken == {"Prepare": {"SourcePipelineExecutionArn": source.arn}, "Train": None}


def test_every_definition_has_a_case() -> None:
    assert names() == sorted(case.name for case in CASES)


def test_definitions_say_common_parts_once() -> None:
    definitions = {name: load(name) for name in names()}
    packed, _ = pack(definitions)
    assert packed == {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in names()}
