"""The query that scores rows with an endpoint, from the feature contract.

Athena's form is ``USING EXTERNAL FUNCTION name(arguments) RETURNS type SAGEMAKER 'endpoint' SELECT …``.
"""

from __future__ import annotations

from inference.identifiers import column_identifier, endpoint_identifier, table_identifier
from inference.scoring_table import scoring_table_name
from processing.feature_contract import ANSWERS, SCORE, SCORING_COLUMNS, Feature, FeatureSet

_FUNCTION = "predict_accessibility"


def prediction_sql(
    features: FeatureSet,
    endpoint_name: str,
    database: str,
    *,
    answer: str = SCORE,
    split: str | None = None,
    limit: int | None = None,
) -> str:
    """Return the statement that scores the rows of the scoring table, ordered by key.

    Every argument is a DOUBLE; a missing one is NaN, which the models treat as missing. The last column is the model's
    answer, named by the contract's `ANSWERS`. `split` and `limit` select rows; all are scored without them.

    Raises
    ------
    ValueError
        A name is not legal in SQL, or the answer is not one of `ANSWERS`.
    """
    if answer not in ANSWERS:
        raise ValueError(f"answer must be one of {', '.join(ANSWERS)}; got {answer!r}")
    declared = ",\n".join(f"    {column_identifier(feature.name)} DOUBLE" for feature in features.features)
    passed = ",\n".join(f"    {_argument(feature)}" for feature in features.features)
    shown = ",\n".join(f"  {column_identifier(column.name)}" for column in SCORING_COLUMNS)
    table = f"{table_identifier(database)}.{table_identifier(scoring_table_name(features))}"
    statement = (
        f"USING EXTERNAL FUNCTION {_FUNCTION}(\n{declared}\n) RETURNS DOUBLE\n"
        f"SAGEMAKER '{endpoint_identifier(endpoint_name)}'\n"
        f"SELECT\n{shown},\n  {_FUNCTION}(\n{passed}\n  ) AS {answer}\nFROM {table}\n"
    )
    if split is not None:
        statement += f"WHERE split = '{table_identifier(split)}'\n"
    statement += "ORDER BY playground_key"
    return statement if limit is None else f"{statement}\nLIMIT {int(limit)}"


def _argument(feature: Feature) -> str:
    cast = f"CAST({column_identifier(feature.name)} AS DOUBLE)"
    return f"COALESCE({cast}, nan())" if feature.nullable else cast
