"""Lineage tracking: artifacts, actions and contexts, and the associations between them."""
