"""Commands on an account in which nothing has happened yet: what is missing, and which command makes it."""

from __future__ import annotations

import pytest

from console.main import main

pytestmark = pytest.mark.usefixtures("aws")

PENDING = "arn:aws:codeconnections:us-east-1:123456789012:connection/0f0f"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("run",), "run 'playgrounds deploy' first"),
        (("approve", "latest"), "has no versions yet: 'playgrounds run' registers one"),
        (("reject", "1"), "has no versions yet: 'playgrounds run' registers one"),
        (("rollback",), "endpoint playground-accessibility does not exist: approve a package first"),
        (("query",), "endpoint playground-accessibility does not exist: approve a package first"),
        (("query", "SELECT 1"), "WorkGroup playgrounds is not found"),
        (("report",), "it does not exist: run 'playgrounds deploy' first"),
        (("deploy", "--parameter", "Prefix=x-"), "deploy itself sets Prefix; see --prefix"),
        (("deploy", "--parameter", "CodeBucket=x"), "deploy itself sets CodeBucket; see --prefix"),
        (("deploy", "--dry-run", "--bootstrap", "Nope=1"), "bootstrap.yaml has no parameter Nope; it has Prefix"),
        (("deploy", "--bootstrap", "SourceRepository=owner/name"), "a build needs --bootstrap ConnectionArn=ARN, too"),
        (("deploy", "--bootstrap", f"ConnectionArn={PENDING}"), "a build needs --bootstrap SourceRepository="),
        (("destroy",), ""),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_what_is_missing_is_said(command, reason, capsys):
    code = main(command)
    shown = capsys.readouterr()
    assert code == (1 if reason else 0)
    assert reason in shown.err
    assert reason or "nothing belongs to playgrounds" in shown.out


def test_build_waits_until_its_connection_is_completed(server, capsys):
    client = server.client("codeconnections")
    arn = client.create_connection(ConnectionName="source", ProviderType="GitHub")["ConnectionArn"]
    given = ("--bootstrap", "SourceRepository=owner/name", "--bootstrap", f"ConnectionArn={arn}")

    assert main(["deploy", *given]) == 1
    shown = capsys.readouterr().err
    assert f"failed: connection {arn}\nreason: is PENDING: complete it in the console" in shown
    assert server.client("cloudformation").describe_stacks()["Stacks"] == []


def test_status_says_what_makes_the_rest(capsys):
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "'playgrounds deploy' creates it" in shown
    assert "approving a package creates it" in shown


def test_doctor_counts_what_is_missing(capsys):
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("fail")] == ["stack", "stack", "Athena"]
