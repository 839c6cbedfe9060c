"""A module beside the script."""


def split(rows):
    """Return features and label of rows whose label is first."""
    return rows.iloc[:, 1:].to_numpy(), rows.iloc[:, 0].to_numpy()
