"""Trino's SQL: parsed, checked and translated to DuckDB's dialect."""
