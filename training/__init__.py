"""Code of the SageMaker training container: ``train.py``, run in script mode."""
