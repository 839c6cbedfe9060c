"""The whole corpus of pipelines, each run to its end."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import ClientError

from tests.corpus.cases import CASES, Case
from tests.corpus.runs import Corpus
from tests.processes import server_process
from tests.soak.figures import Figure
from tests.soak.kills import clients_of

_SIDE_BY_SIDE = 3


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Run a share of the corpus; return the figures."""
    cases = [case for case in CASES if not case.refused]
    chosen = random.Random(seed).sample(cases, max(1, int(scale * len(cases))))
    with server_process(folder / "data") as server, ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        corpus = Corpus(clients_of(server))
        reasons = [reason for reason in pool.map(lambda case: _other_end(corpus, case), chosen) if reason]
    for reason in reasons:
        print(reason, flush=True)
    return [Figure(f"pipelines of {len(chosen)} that end otherwise than on AWS", str(len(reasons)), "0", not reasons)]


def _other_end(corpus: Corpus, case: Case) -> str:
    """Run a pipeline; return how its end differs from what it is to be, nothing if it does not."""
    try:
        corpus.create(case)
        corpus.check(case, corpus.run(case))
    except (AssertionError, ClientError) as error:
        return f"{case.name}: {type(error).__name__}: {error}"
    return ""
