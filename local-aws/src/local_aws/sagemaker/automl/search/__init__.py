"""The search of an AutoML job: a program of its own, ``python -m local_aws.sagemaker.automl.search PLAN``."""
