"""The XGBoost container's own serving: the model server, which runs as a process of its own, and its client."""
