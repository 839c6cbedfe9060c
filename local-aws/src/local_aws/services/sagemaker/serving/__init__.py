"""The model server, a process of its own for each endpoint and transform job, and its client."""
