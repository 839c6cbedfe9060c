"""Athena's view of the Glue catalog: statements that change or show it, and tables as sources of queries."""
