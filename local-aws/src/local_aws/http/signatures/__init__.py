"""Signatures: who signed a request, whether the signature is right, and whether the body is the one that was signed."""
