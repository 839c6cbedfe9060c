"""The container images that jobs and endpoints name, and the Python environments that stand for them."""
