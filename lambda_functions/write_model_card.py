"""Lambda step ``WriteModelCard…``: put the model card into a package that was just registered.

A card's figures exist at run time only, and a RegisterModel step takes no more text from other steps than fits a
step's output of 1,024 characters.
"""

from __future__ import annotations

import json

import boto3

from lambda_functions import s3_json

MOST_CHARACTERS = 100_000
_STATUS = "PendingReview"


class ModelCardError(Exception):
    """Raised when a card does not fit into a model package."""


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """Write the card; it says nothing about the approval, which stays as it is.

    Parameters
    ----------
    event
        ``ModelPackageArn``; ``ModelCardUrl``: S3 URI of the card, JSON in SageMaker's schema.

    Raises
    ------
    ModelCardError
        The card is too long.
    """
    url = event["ModelCardUrl"]
    content = json.dumps(json.loads(s3_json.read_text(boto3.client("s3"), url)), separators=(",", ":"))
    if len(content) > MOST_CHARACTERS:
        raise ModelCardError(f"{url} has {len(content)} characters; a package's card may have {MOST_CHARACTERS}")
    boto3.client("sagemaker").update_model_package(
        ModelPackageArn=event["ModelPackageArn"],
        ModelCard={"ModelCardContent": content, "ModelCardStatus": _STATUS},
    )
    return {"ModelPackageArn": event["ModelPackageArn"]}
