"""A module beside the entry point."""


def describe(harvest):
    """Return a sentence about a harvest."""
    return f"{len(harvest)} lots of {harvest['origin'].nunique()} origins"
