"""The error of an analysis."""

from __future__ import annotations


class AnalysisError(Exception):
    """Raised when a dataset, its format or a baseline does not allow the analysis; its text is the job's reason."""
