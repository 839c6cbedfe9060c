"""Check of a smoke test: the transform job's output holds one probability for each row sent.

Run in a processing container as ``python3 -m processing.check_smoke_test``.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from processing.exit_message import ProcessingError, add_message_argument, run_script
from processing.feature_contract import SMOKE_ROWS


def read_scores(input_dir: Path) -> list[float]:
    """Read the scores that a transform job left.

    Parameters
    ----------
    input_dir
        Folder of the job's ``*.out`` files, one score a line.

    Returns
    -------
    list of float
        Scores in the order of file names and lines.

    Raises
    ------
    ProcessingError
        If there is no output, or a line is not one number.
    """
    files = sorted(input_dir.rglob("*.out"))
    if not files:
        raise ProcessingError(f"{input_dir} holds no *.out file: the transform job left no output.")
    scores = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                scores.append(float(line))
            except ValueError:
                raise ProcessingError(f"Line {number} of {file} is no score: {line[:80]!r}.") from None
    return scores


def check_scores(scores: Sequence[float], expected_rows: int) -> None:
    """Raise `ProcessingError` unless there are as many scores as rows, all of them probabilities."""
    if len(scores) != expected_rows:
        raise ProcessingError(f"The model answered {len(scores)} score(s) for {expected_rows} rows.")
    bad = [score for score in scores if not (math.isfinite(score) and 0 <= score <= 1)]
    if bad:
        raise ProcessingError(
            f"{len(bad)} of {len(scores)} scores are no probabilities between 0 and 1, first: {bad[0]}."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    parser = argparse.ArgumentParser(prog="check_smoke_test", description=__doc__)
    parser.add_argument("--input-dir", type=Path, default=Path("/opt/ml/processing/input/scores"))
    parser.add_argument("--expected-rows", type=int, default=SMOKE_ROWS)
    add_message_argument(parser)
    options = parser.parse_args(arguments)

    def check() -> None:
        scores = read_scores(options.input_dir)
        check_scores(scores, options.expected_rows)
        print(f"{len(scores)} scores between {min(scores):.4f} and {max(scores):.4f}.")

    return run_script(check, options.message_file)


if __name__ == "__main__":
    sys.exit(main())
