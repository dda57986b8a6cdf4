"""The logbook's page: one HTML file that opens from disk, with what changed over the weeks, exercise by exercise."""
