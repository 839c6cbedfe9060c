"""The template language: text, sections, parameters, and expressions with their evaluation."""
