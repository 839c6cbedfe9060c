"""The steps of the pipeline that trains, by what the tests expect of them; a new step is added here."""

from __future__ import annotations

BEFORE_THE_GATE = (
    *("ResolveDataVersion", "SnapshotData", "ResolveDataBaseline", "CheckDataQuality", "RequireDataQuality"),
    "EngineerFeatures",
    *("TrainXGBoost", "EvaluateXGBoost"),
    *("AutoML", "ListCandidates", "CreateAutoMLModel", "ScoreTestSet", "EvaluateAutoML"),
    *("ResolveServing", "WriteReport"),
)
"""Steps that every execution runs, in the order of the definition."""

CONDITIONS = ("QualityGate", "ChampionIsXGBoost", "ApprovedAtOnce", "ChampionIsAutoML", "ApprovedAtOnceAutoML")
"""Steps that every execution with good models runs after them."""

PROCESSING = ("SnapshotData", "EngineerFeatures", "EvaluateXGBoost", "EvaluateAutoML", "WriteReport")
"""Those of them that run a module of ``processing``."""

CACHED = (
    *("SnapshotData", "EngineerFeatures", "TrainXGBoost", "EvaluateXGBoost", "AutoML", "EvaluateAutoML"),
    "WriteReport",
)
"""Those of them that only compute."""

REUSED = frozenset(CACHED) - {"EvaluateAutoML", "WriteReport"}
"""Steps that an execution on unchanged data takes from the cache; each transform writes the scores anew."""
