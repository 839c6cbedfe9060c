"""What AWS Lambda runs for the pipelines: one file per function, standard library and boto3 only."""
