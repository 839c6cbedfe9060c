"""The ``playgrounds`` command and what it shows."""
