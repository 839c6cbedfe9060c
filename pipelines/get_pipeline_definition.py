"""``get-pipeline-definition``: print a pipeline's definition, offline and without credentials."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from pipelines._utils import CommandError, get_pipeline_driver, read_object


def main(argv: Sequence[str] | None = None) -> int:
    """Print the definition, and nothing else, on standard output; return the exit code."""
    arguments = _parser().parse_args(argv)
    # Without credentials the SDK's import would wait for the instance metadata service.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    try:
        kwargs = read_object(arguments.kwargs_json, "--kwargs-json")
        definition = get_pipeline_driver(arguments.module_name, kwargs).definition()
    except CommandError as error:
        print(f"get-pipeline-definition: {error}", file=sys.stderr)
        return 1
    print(definition)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="get-pipeline-definition", description=__doc__)
    parser.add_argument(
        "--module-name", required=True, help="module with get_pipeline, such as pipelines.accessibility.pipeline"
    )
    parser.add_argument("--kwargs-json", metavar="FILE|JSON", help="arguments of get_pipeline: a file or the JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
