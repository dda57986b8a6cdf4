"""Files, locks and messages between processes, for all packages."""
