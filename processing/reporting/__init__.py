"""The parts of `processing.report`: inputs, analysis, figures, sentences and the page."""
