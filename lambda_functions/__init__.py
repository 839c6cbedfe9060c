"""What AWS Lambda runs for the pipelines: one file a function, of the standard library and boto3."""
