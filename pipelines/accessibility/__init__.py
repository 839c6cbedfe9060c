"""The pipeline that predicts which playgrounds are fully accessible."""
