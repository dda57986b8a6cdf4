"""The report page: one HTML file that opens from disk."""
