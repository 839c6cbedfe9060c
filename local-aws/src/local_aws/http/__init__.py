"""The front: HTTP, signatures, wire formats and the call log."""
