"""The process that plans and runs one query, in DuckDB."""
