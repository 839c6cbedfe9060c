from __future__ import annotations

import pytest

from infrastructure.check_names import TEMPLATES, main, missing_names


def test_templates_have_the_names_of_the_commands(capsys):
    assert main() == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("playgrounds-raw-", "playgrounds-source-", ["raw_bucket: ${Prefix}playgrounds-raw-"]),
        ("playgrounds-deploy-endpoint", "playgrounds-deployer", ["functions: ${Prefix}playgrounds-deploy-endpoint"]),
        ("(?!.*playground)([a-z][a-z0-9-]{0,11}-)?", "([a-z]+-)?", ["PREFIX: (?!.*"]),
        ("endpoint-latency", "endpoint-p99", ["endpoint_alarms: ${Prefix}playgrounds-endpoint-latency"]),
    ],
)
def test_a_name_that_only_a_template_changes_is_missing(old, new, missing):
    texts = [template.read_text(encoding="utf-8").replace(old, new) for template in TEMPLATES]

    missing_lines = missing_names(*texts)

    assert all(any(line.startswith(start) for line in missing_lines) for start in missing)
