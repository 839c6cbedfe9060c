"""For tools that look for a setup.py; the metadata is in pyproject.toml, the versions in constraints.txt."""

from setuptools import setup

setup()
