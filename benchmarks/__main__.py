"""All benchmarks, each with its table: ``python -m benchmarks [--source DIR]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import (
    attribution,
    automl_lab_split,
    demo_run,
    hyperparameter_folds,
    lab_protocol,
    page_drawing,
    splits_by_site,
)
from console.sample_feeds import write_sample_feeds


def main() -> None:
    """Run all benchmarks on real feeds, or on the generated sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", help="folder with the three feeds (default: the generated sample)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = options.source or folder
        if options.source is None:
            write_sample_feeds(Path(folder))
        print("## 20 splits by site\n")
        splits_by_site.main(["--source", source])
        print("\n## Attribution\n")
        attribution.main(["--source", source])
        print("\n## Hyperparameters\n")
        hyperparameter_folds.main(["--source", source])
        print("\n## The lab's protocol\n")
        lab_protocol.main(["--source", source])
        print("\n## AutoML on the lab's split\n")
        automl_lab_split.main(["--source", source])
        print("\n## The demo\n")
        demo_run.main(["--source", source])
        print("\n## The page\n")
        page_drawing.main(["--source", source])


if __name__ == "__main__":
    main()
