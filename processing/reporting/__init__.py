"""What `processing.report` is made of: inputs, what is computed from them, figures, sentences and the page."""
