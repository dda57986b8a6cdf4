"""What every room may use of the computer: files, locks and messages between processes."""
