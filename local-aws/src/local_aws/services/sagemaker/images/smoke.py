"""Tries out an image's environment: ``python smoke.py LIBRARY FILE`` writes the versions that it has.

It runs on the environment's own Python, whichever that is, and imports nothing of local_aws.
"""

import json
import sys
from importlib import import_module
from pathlib import Path


def main(library: str, file: str) -> None:
    """Train a tiny model of what scripts hand over, arrays and frames; what fails is raised."""
    modules = {"numpy": "numpy", "pandas": "pandas", "scipy": "scipy", "scikit-learn": "sklearn"}
    versions = {name: import_module(module).__version__ for name, module in modules.items()}
    import numpy
    import pandas

    rows = numpy.array([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    labels = numpy.array([0, 1, 0, 1])
    if library == "xgboost":
        import xgboost

        versions["xgboost"] = xgboost.__version__
        matrix = xgboost.DMatrix(pandas.DataFrame(rows, columns=["a", "b"]), label=labels)
        xgboost.train({"objective": "binary:logistic"}, matrix, 1).predict(matrix.slice([0, 1]))
        xgboost.XGBClassifier(n_estimators=1).fit(rows, labels)
    else:
        from sklearn.linear_model import LogisticRegression

        LogisticRegression().fit(pandas.DataFrame(rows, columns=["a", "b"]), labels).predict(rows)
    for module in ("pyarrow", "uvicorn", "httptools", "werkzeug", "boto3"):
        import_module(module)
    Path(file).write_text(json.dumps(versions))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
