"""Check of a smoke test: the transform job's output holds one answer of the expected kind per row sent.

Run in a processing container as ``python3 -m processing.check_smoke_test``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from processing.answer_lines import read_answer_lines
from processing.decision import CLASSES
from processing.exit_message import ProcessingError, add_message_argument, run_script
from processing.feature_contract import ANSWERS, SCORE, SMOKE_ROWS

_SHOWN_CHARACTERS = 80


def read_values(input_dir: Path) -> list[float]:
    """Read a transform job's answers in the order of file names and lines.

    Each ``*.out`` file has one number per line: an external function in SQL takes no more.

    Raises
    ------
    ProcessingError
        The folder holds no output, or a line is not one number.
    """
    values = []
    for fields, place in read_answer_lines(input_dir):
        text = ",".join(fields)
        try:
            values.append(float(text))
        except ValueError:
            raise ProcessingError(f"{place} is not one number: {text[:_SHOWN_CHARACTERS]!r}.") from None
    return values


def check_values(values: Sequence[float], expected_rows: int, answer: str) -> None:
    """Check the number of answers, and that scores are between 0 and 1 or labels are one of the classes."""
    if len(values) != expected_rows:
        raise ProcessingError(f"The model returned {len(values)} answer(s) for {expected_rows} rows.")
    if answer == SCORE:
        bad, expected = [value for value in values if not 0 <= value <= 1], "a probability between 0 and 1"
    else:
        bad, expected = [value for value in values if value not in CLASSES], "a label, 0 or 1"
    if bad:
        raise ProcessingError(f"{len(bad)} of {len(values)} answers are not {expected}, first: {bad[0]}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    parser = argparse.ArgumentParser(prog="check_smoke_test", description=__doc__)
    parser.add_argument("--input-dir", type=Path, default=Path("/opt/ml/processing/input/answers"))
    parser.add_argument("--expected-rows", type=int, default=SMOKE_ROWS)
    parser.add_argument("--answer", choices=ANSWERS, default=SCORE, help="what the model answers a row with")
    add_message_argument(parser)
    options = parser.parse_args(arguments)

    def check() -> None:
        values = read_values(options.input_dir)
        check_values(values, options.expected_rows, options.answer)
        print(f"{len(values)} answers ({options.answer}) between {min(values):g} and {max(values):g}.")

    return run_script(check, options.message_file)


if __name__ == "__main__":
    sys.exit(main())
