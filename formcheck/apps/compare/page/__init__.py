"""The comparison's page: one HTML file that opens from disk, the video beside a chart of both, and the table below."""
