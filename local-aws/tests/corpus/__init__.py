"""Pipelines as people write them, in definitions that both majors of the SageMaker SDK have written.

`definitions` holds them as data; what several have in common stands once, see `packing`. `objects` holds what the SDK
uploaded beside them, but for its own scripts, see `sdk_scripts`. `python -m tests.corpus.write` writes both anew, with
the SDK that is installed and a local_aws to upload to: SDK 2 with Python 3.10, whose functions have a default image,
SDK 3 with Python 3.11. No test needs SDK 2; without SDK 3, the jobs that need its scripts fail as `cases` says, which
says how each pipeline is to end. `scripts` is what their jobs run.
"""
