"""AutoML jobs (V1): binary classification by AutoGluon, which is what Autopilot's ensembling mode runs.

`jobs` serves the operations and stands in the server's process, which never imports AutoGluon; `search` is the program
that each job runs as its child. Modules that both use need nothing beside the standard library.
"""
