"""The annotated video."""
