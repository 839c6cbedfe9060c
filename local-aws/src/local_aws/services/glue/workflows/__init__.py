"""Glue triggers and workflows: what starts what, and the runs that come of it."""
