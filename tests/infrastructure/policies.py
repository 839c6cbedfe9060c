"""The policies of both templates as JSON, ``{name: document}``, for linters that know no CloudFormation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from tests.infrastructure.templates import BUILD, resolve

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234"

_ALL = {
    "stack.yaml": {"KmsKeyArn": KEY, "SubnetIds": "subnet-0f0f0f0f"},
    "bootstrap.yaml": BUILD,
}
"""What makes every conditional resource of a template appear."""


def policies() -> Iterator[tuple[str, Any]]:
    """Yield the name and document of each policy, those of roles as ``<role>/<policy>``."""
    for file, parameters in _ALL.items():
        for logical_id, resource in resolve(file, Prefix="test-", **parameters).items():
            if "PolicyDocument" in resource.properties:
                yield logical_id, resource.properties["PolicyDocument"]
            if resource.type == "AWS::IAM::Role":
                for policy in resource.properties["Policies"]:
                    yield f"{logical_id}/{policy['PolicyName']}", policy["PolicyDocument"]


if __name__ == "__main__":
    json.dump(dict(policies()), sys.stdout, indent=1)
