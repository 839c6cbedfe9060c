"""SageMaker Pipelines: definitions are checked, kept and run.

`definition`, `expressions`, `conditions`, `graph`, `scheduler`, `cache` and `retry` do not depend on the server;
`steps` does the work of each step type; `pipelines` and `executions` serve the operations.
"""
