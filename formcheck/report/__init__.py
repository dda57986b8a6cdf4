"""What people get: the terminal report, `analysis.json`, `angles.csv`, the annotated video and the report page."""
