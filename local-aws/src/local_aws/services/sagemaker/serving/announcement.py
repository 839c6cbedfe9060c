"""The line by which the model server tells its parent that it listens."""

LISTENS = "model server listens"
