"""Outputs: terminal, files, page, annotated video and formats of other programs."""
