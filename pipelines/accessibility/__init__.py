"""The pipeline that predicts which playgrounds are of accessibility level 4."""
