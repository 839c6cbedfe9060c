"""Judge the policies that standard input holds, ``{name: document}``, with parliament: ``make lint-templates``.

parliament has an environment of its own, since it needs an old setuptools. What it finds is mended, or accepted here
with a reason; an acceptance that nothing needs any more fails too.
"""

from __future__ import annotations

import json
import sys

import parliament

ACCEPTED = {
    ("Boundary", "RESOURCE_MISMATCH"): "its wildcards stand for actions on other kinds, which reach nothing",
    ("BuildRole/build", "MISMATCHED_TYPE_BUT_USABLE"): "StringEquals compares a whole ARN, as AWS's examples do",
    ("CloudFormationRole/roles", "MISMATCHED_TYPE_BUT_USABLE"): "the same",
    ("CloudFormationRole/data", "RESOURCE_MISMATCH"): "Athena tags other kinds too, of which the role may tag none",
    ("CloudFormationRole/storage", "RESOURCE_MISMATCH"): "s3:Get*Configuration matches that of Storage Lens too",
    ("CloudFormationRole/storage", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"): "it makes the buckets with their policies",
    ("CloudFormationRole/services", "UNKNOWN_ACTION"): "GetBillingViewData and GetFunctionScalingConfig are newer",
}
"""Findings that stay, with their reason: by the policy and the issue."""


def main() -> int:
    """Print what is neither mended nor accepted; return the exit code."""
    found = {
        (name, finding.issue): finding
        for name, document in json.load(sys.stdin).items()
        for finding in parliament.analyze_policy_string(json.dumps(document)).findings
    }
    for (name, issue), finding in found.items():
        if (name, issue) not in ACCEPTED:
            print(f"{name}: {issue}: {finding.detail} {finding.location}")
    for name, issue in ACCEPTED.keys() - found.keys():
        print(f"{name}: nothing is found of {issue} any more: take its reason out")
    return int(found.keys() != ACCEPTED.keys())


if __name__ == "__main__":
    sys.exit(main())
