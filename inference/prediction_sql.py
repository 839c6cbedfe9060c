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
    """Give the query that scores every row of the scoring table.

    Every argument is a DOUBLE; one that may be missing is NaN then, which the models take for missing.

    Parameters
    ----------
    features
        The feature set of the table and of the model behind the endpoint.
    endpoint_name
        SageMaker endpoint.
    database
        Glue database of the scoring table.
    answer
        What the endpoint answers, one of the contract's `ANSWERS`: the name of the last column.
    split
        Only the rows of that split, e.g. ``"test"``; all of them if left out.
    limit
        How many rows, by key; all of them if left out.

    Returns
    -------
    str
        One statement: the columns that say what a row is, then the model's answer.

    Raises
    ------
    ValueError
        If a name cannot stand in SQL, or there is no such answer.
    """
    if answer not in ANSWERS:
        raise ValueError(f"answer {answer!r} is none of {', '.join(ANSWERS)}")
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
