"""The search of an AutoML job: a program of its own, ``python -m local_aws.services.sagemaker.automl.search PLAN``."""
