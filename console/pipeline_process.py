"""``run-pipeline`` for several pipelines, in a process that is ready before it is told the arguments.

To import the SageMaker SDK and to make its session takes seconds, which a deployment spends on its stacks.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Sequence

from console.terminal import say
from pipelines import run_pipeline
from pipelines._utils import import_for_good


def main(region: str, bucket: str, modules: Sequence[str]) -> int:
    """Import pipelines' modules, read a JSON list of arguments from standard input, and run ``run-pipeline`` with each.

    The session of `region` and `bucket` is made before the input is there. Print the last line of each run, its
    outcome; return the exit code of the first that fails. Without input nothing is run.
    """
    for module in modules:
        import_for_good(module)
    import_for_good("pipelines.accessibility.sdk_session").definition_session(region, bucket)
    text = sys.stdin.read()
    for arguments in json.loads(text) if text else ():
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = run_pipeline.main(arguments)
        if code:
            return code
        say(output.getvalue().strip().splitlines()[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
