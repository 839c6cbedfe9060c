"""Script mode as SageMaker's XGBoost image has it: AWS's ``sagemaker-containers`` around the image's entry point.

Run as a program, in an environment that has the toolkit: it reads ``input/config`` below ``SAGEMAKER_BASE_DIR``, and
installs and runs the code that ``sagemaker_submit_directory`` names. What the image itself adds is the call of
``run_module`` (``sagemaker_xgboost_container/training.py`` of aws/sagemaker-xgboost-container).
"""

from __future__ import annotations

import collections
import collections.abc
import os
import sys
import types

_IMAGE_MODULE = "xgboost_image_training"


def main() -> None:
    """Run the training job, and exit as the container would."""
    # The toolkit is older than Python 3.10, which took this alias away; the image carries the same patch.
    vars(collections)["Mapping"] = collections.abc.Mapping
    import sagemaker_containers
    from sagemaker_containers import _modules, _trainer

    def train() -> None:
        environment = sagemaker_containers.training_env()
        _modules.run_module(
            environment.module_dir,
            environment.to_cmd_args(),
            environment.to_env_vars(),
            environment.module_name,
            capture_error=False,
        )

    module = types.ModuleType(_IMAGE_MODULE)
    vars(module)["main"] = train
    sys.modules[_IMAGE_MODULE] = module
    os.environ["SAGEMAKER_TRAINING_MODULE"] = f"{_IMAGE_MODULE}:main"
    _trainer.train()


if __name__ == "__main__":
    main()
