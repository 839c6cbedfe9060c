"""The scripts run unchanged in AWS Glue 5.1: Python 3.11 and the libraries that are installed there."""

import ast
import sys
from pathlib import Path

import pytest

from tests.glue_scripts.conftest import SCRIPTS

IN_GLUE = {"awsglue", "boto3", "botocore", "pandas", "pyarrow", "pyspark", "requests", "urllib3"}
EXTRA_PY_FILES = {"feeds", "job_contract", "last_import", "table_files"}


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda script: script.name)
def test_script_is_python_3_11_and_imports_only_what_glue_has(script: Path):
    tree = ast.parse(script.read_text(), feature_version=(3, 11))
    compile(tree, script, "exec")
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a script is no package"
            modules.add(str(node.module).split(".")[0])
    assert modules - sys.stdlib_module_names <= IN_GLUE | EXTRA_PY_FILES | {"processing"}


def test_imports_start_no_spark():
    for name in ("import_income_data", "import_json_data", *EXTRA_PY_FILES):
        assert "pyspark" not in (SCRIPTS / f"{name}.py").read_text()
