"""Pipelines as people write them, in definitions that both majors of the SageMaker SDK have written.

`definitions` holds them as data; what several have in common stands once, see `packing`. `objects` holds what the SDK
uploaded beside them. `python -m tests.corpus.write` writes both anew, with the SDK that is installed (2 or 3) and a
local_aws to upload to; no test needs an SDK. `cases` says how each pipeline is to end, and `scripts` is what their jobs
run.
"""
