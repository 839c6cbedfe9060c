"""Scripts that measure the project; each prints a Markdown table."""
